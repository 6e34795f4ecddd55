"""Turns bytes a stranger sent into a plain JPEG. Pure: bytes in, bytes out. Nothing unclean is ever stored."""

import io
from dataclasses import dataclass

import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF")
PIXEL_CAP = 40_000_000  # checked against the header, before any pixel is decoded
BYTE_CAP = 10 * 1024 * 1024
STORED_SIDE = 2560
SENDING_CAP = 600 * 1024  # toll-free carriers take 0.6 MB (Twilio support article 360018832773)
THUMBNAIL_SIDE = 420
TOO_MANY_PIXELS = "the picture has too many pixels to open safely"

pi_heif.register_heif_opener()


class PictureRefused(Exception):
    """This file is not stored. The message says why, in words for staff."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A re-encoded JPEG: orientation baked in, metadata gone. Sides in pixels."""

    jpeg: bytes
    width: int
    height: int


def sanitise(raw: bytes) -> CleanPicture:
    """Decode, turn upright, drop all metadata, re-encode. Raises PictureRefused."""
    return _encode(_decode(raw), side=STORED_SIDE, quality=88)


def for_sending(raw: bytes) -> CleanPicture:
    """A clean copy no larger than the strictest carrier takes. Raises PictureRefused."""
    image = _decode(raw)
    for side, quality in ((2048, 85), (1600, 80), (1280, 75), (1024, 70), (800, 60), (480, 50)):
        picture = _encode(image, side=side, quality=quality)
        if len(picture.jpeg) <= SENDING_CAP:
            return picture
    raise PictureRefused("this picture cannot be made small enough to send")


def thumbnail(jpeg: bytes) -> bytes:
    """A small copy of a stored photo for lists. Raises PictureRefused."""
    return _encode(_decode(jpeg, near=2 * THUMBNAIL_SIDE), side=THUMBNAIL_SIDE, quality=78).jpeg


def _decode(raw: bytes, *, near: int | None = None) -> Image.Image:
    """Upright plain pixels. With `near` a large JPEG may be decoded smaller, but never below that side."""
    if len(raw) > BYTE_CAP:
        raise PictureRefused("the file is larger than 10 MB")
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            _refuse_pixel_bomb(image)
            if near is not None:
                image.draft("RGB", (near, near))
            image.load()
            upright = ImageOps.exif_transpose(image)
            return _flatten(upright)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        raise PictureRefused("this is not a picture we can show (JPEG, PNG, GIF, WebP or HEIC)") from None
    except Exception:  # decoders raise many kinds on hostile bytes: all mean the same to staff
        raise PictureRefused("the picture is damaged and cannot be opened") from None


def _refuse_pixel_bomb(image: Image.Image) -> None:
    width, height = image.size
    if width * height > PIXEL_CAP:
        raise PictureRefused(TOO_MANY_PIXELS)


def _flatten(image: Image.Image) -> Image.Image:
    """Plain RGB pixels in a new image: no palette, no transparency, no metadata dictionary."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        layer = image.convert("RGBA")
        background = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(background, layer)
    plain = image.convert("RGB")
    plain.info.clear()
    return plain


def _encode(image: Image.Image, *, side: int, quality: int) -> CleanPicture:
    copy = image.copy()
    copy.thumbnail((side, side))
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=quality, optimize=True)
    return CleanPicture(jpeg=buffer.getvalue(), width=copy.width, height=copy.height)
