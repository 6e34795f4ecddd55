"""Whatever bytes come, a plain upright JPEG leaves, or a refusal in words."""

import io
import struct
import zlib

import pytest
from PIL import Image

from photos.sanitise import SENDING_CAP, PictureRefused, for_sending, sanitise, thumbnail


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object
) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, "white" if mode == "RGB" else None).save(buffer, kind, **options)
    return buffer.getvalue()


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "SECRET PLACE"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (37.0, 18.0, 0.0)
    return exif.tobytes()


def pixel_bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 13_000, 13_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (13_000 * (1 + 13_000 // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("PNG", "L")],
)
def test_every_usual_format_becomes_a_jpeg(kind: str, mode: str) -> None:
    clean = sanitise(picture(kind, mode=mode))

    with Image.open(io.BytesIO(clean.jpeg)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))


def test_orientation_is_baked_in_and_metadata_is_gone() -> None:
    clean = sanitise(picture(exif=exif_with(orientation=6)))

    with Image.open(io.BytesIO(clean.jpeg)) as image:
        assert image.size == (40, 60)
        assert not image.getexif()
    assert b"SECRET PLACE" not in clean.jpeg
    assert (clean.width, clean.height) == (40, 60)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (pixel_bomb(), "too many pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"%PDF-1.7\n", "not a picture"),
        (b"<html><script>1</script>", "not a picture"),
        (b"", "not a picture"),
        (picture()[:200], "damaged|not a picture"),
        (b"\0" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=["pixel bomb", "svg", "pdf", "html", "empty", "cut off", "too large"],
)
def test_hostile_bytes_are_refused_in_words(raw: bytes, says: str) -> None:
    with pytest.raises(PictureRefused, match=says):
        sanitise(raw)


def test_code_hidden_behind_a_picture_does_not_survive() -> None:
    polyglot = picture("GIF", mode="P") + b"<script>alert(1)</script>"

    assert b"<script>" not in sanitise(polyglot).jpeg


def test_a_large_picture_is_made_small_enough_to_send() -> None:
    noise = Image.effect_noise((3000, 2400), 90).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "JPEG", quality=95)

    assert len(for_sending(buffer.getvalue()).jpeg) <= SENDING_CAP


def test_thumbnail_is_small() -> None:
    with Image.open(io.BytesIO(thumbnail(picture(size=(2000, 1000))))) as image:
        assert max(image.size) == 420
