"""Pictures of an outgoing text: kept as "photo:7" in the row, made a fresh link only when the text leaves."""

from collections.abc import Callable, Sequence
from functools import partial

from config import Settings
from photos.links import media_url

PHOTO = "photo:"

MediaLink = Callable[[int], str]


def photo_reference(photo_id: int) -> str:
    """How a text's row names one of our photos."""
    return f"{PHOTO}{photo_id}"


def media_link_of(settings: Settings) -> MediaLink:
    """How this installation's links are made."""
    return partial(media_url, public_url=settings.public_url, secret_key=settings.secret_key)


def media_urls(references: Sequence[str], link: MediaLink | None) -> tuple[str, ...]:
    """What the carrier is given: links for photos of ours. Raises ValueError where no link can be made."""
    return tuple(_url(reference, link) for reference in references)


def _url(reference: str, link: MediaLink | None) -> str:
    if not reference.startswith(PHOTO):
        return reference
    if link is None:
        raise ValueError("this sender was not told how to make links to photos")
    return link(int(reference.removeprefix(PHOTO)))
