"""Signed, expiring links to one photo: what the carrier fetches for an outgoing picture. They hold no names."""

from itsdangerous import BadData, URLSafeTimedSerializer

MEDIA_PATH = "/media/"
LIFETIME_S = 2 * 3600  # an outgoing MMS may wait 50 minutes at the carrier


def make_link_token(photo_id: int, *, secret_key: str) -> str:
    """A token for exactly this photo."""
    return _signer(secret_key).dumps(photo_id)


def media_url(photo_id: int, *, public_url: str, secret_key: str) -> str:
    """Where the carrier fetches this photo for the next two hours."""
    return f"{public_url}{MEDIA_PATH}{make_link_token(photo_id, secret_key=secret_key)}"


def read_link_token(token: str, *, secret_key: str) -> int | None:
    """The photo's id, or None where the token is wrong, changed or older than two hours."""
    try:
        photo_id = _signer(secret_key).loads(token, max_age=LIFETIME_S)
    except BadData:
        return None
    return photo_id if isinstance(photo_id, int) else None


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="outgoing-photo")
