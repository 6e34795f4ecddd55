"""Twilio's webhook signature through Twilio's own validator. Must never raise on what a stranger sent."""

from collections.abc import Sequence

from twilio.request_validator import RequestValidator

Fields = Sequence[tuple[str, str]]


class _Form(dict[str, list[str]]):
    """Form fields as the validator wants them: a name may have several values."""

    def __init__(self, fields: Fields) -> None:
        super().__init__()
        for name, value in fields:
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        """All values of one field."""
        return self[name]


def sign_webhook(*, url: str, fields: Fields, secret: str) -> str:
    """The signature Twilio would send for this URL and these form fields."""
    return str(RequestValidator(secret).compute_signature(url, _Form(fields)))


def is_webhook_signed(*, url: str, fields: Fields, signature: str | None, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed exactly this. False for anything odd; empty secrets never count."""
    if not signature:
        return False
    return any(_is_signed_with(secret, url, fields, signature) for secret in secrets if secret)


def _is_signed_with(secret: str, url: str, fields: Fields, signature: str) -> bool:
    try:
        return bool(RequestValidator(secret).validate(url, _Form(fields), signature))
    except (ValueError, TypeError, AttributeError):  # lone surrogates, a URL with a bad port
        return False
