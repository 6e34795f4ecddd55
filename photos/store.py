"""Photos on disk, encrypted. A file without its key, or under another photo's id, cannot be read."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config import PhotoKey

MAGIC = b"AC1"
NONCE = 12


class PhotoUnreadable(Exception):
    """The stored file is missing, damaged, or its key is not among PHOTO_KEYS. Says which."""


class PhotoStore:
    """AES-GCM files in one folder, the photo's id as associated data. The first key writes, any key reads."""

    def __init__(self, folder: Path, keys: tuple[PhotoKey, ...]) -> None:
        self._folder = folder
        self._keys = {key.id: key.key for key in keys}
        self._writing = keys[0]

    def put(self, photo_id: int, content: bytes) -> str:
        """Store one photo durably and return its file's name."""
        name = f"{secrets.token_hex(16)}.bin"
        self._write(name, self._seal(content, _bound_to(photo_id)))
        return name

    def get(self, photo_id: int, name: str) -> bytes:
        """The photo's bytes. Raises PhotoUnreadable."""
        try:
            blob = (self._folder / Path(name).name).read_bytes()
        except FileNotFoundError:
            raise PhotoUnreadable("the photo's file is missing; restore it from a backup") from None
        return self._open(blob, _bound_to(photo_id))

    def _seal(self, content: bytes, bound_to: bytes) -> bytes:
        key_id, nonce = self._writing.id.encode(), secrets.token_bytes(NONCE)
        sealed = AESGCM(self._writing.key).encrypt(nonce, content, bound_to)
        return MAGIC + bytes([len(key_id)]) + key_id + nonce + sealed

    def _open(self, blob: bytes, bound_to: bytes) -> bytes:
        key_id, nonce, sealed = _split(blob)
        if key_id not in self._keys:
            raise PhotoUnreadable(f"the key {key_id} is not in PHOTO_KEYS; add it back to read this photo")
        try:
            return AESGCM(self._keys[key_id]).decrypt(nonce, sealed, bound_to)
        except (InvalidTag, ValueError):
            raise PhotoUnreadable("the photo's file was damaged or changed") from None

    def small(self, photo_id: int, name: str, make: Callable[[bytes], bytes]) -> bytes:
        """The photo's small copy, made and kept (encrypted too) where there is none. Raises PhotoUnreadable."""
        path = self._folder / small_name(name)
        try:
            return self._open(path.read_bytes(), _bound_to(photo_id, "small"))
        except (FileNotFoundError, PhotoUnreadable):
            content = make(self.get(photo_id, name))
        with suppress(OSError):  # a full disk: it is made again the next time
            self._write(path.name, self._seal(content, _bound_to(photo_id, "small")))
        return content

    def delete(self, name: str) -> None:
        """Remove a file and its small copy; nothing happens where they are gone already."""
        (self._folder / Path(name).name).unlink(missing_ok=True)
        (self._folder / small_name(name)).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Every stored file: the sweep compares them with the rows."""
        return sorted(path.name for path in self._folder.glob("*.bin")) if self._folder.exists() else []

    def names_before(self, moment: datetime) -> list[str]:
        """Every stored or half-written file last changed before this (this machine's clock)."""
        if not self._folder.exists():
            return []
        found = [path for kind in ("*.bin", "*.small", ".*.partial") for path in self._folder.glob(kind)]
        return sorted(path.name for path in found if _changed_at(path) < moment.timestamp())

    def _write(self, name: str, blob: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._folder / f".{name}.partial"
        try:
            partial.touch(mode=0o600)
            with partial.open("wb") as file:
                file.write(blob)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(self._folder / name)
        except OSError:  # a full disk should not also keep half a file
            partial.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # deleted since it was listed
        return float("inf")


def small_name(name: str) -> str:
    """The file beside a stored one that holds its small copy."""
    return Path(name).with_suffix(".small").name


def _bound_to(photo_id: int, kind: str = "") -> bytes:
    return f"photo:{photo_id}{kind and ':' + kind}".encode()


def _split(blob: bytes) -> tuple[str, bytes, bytes]:
    start = len(MAGIC) + 1
    if not blob.startswith(MAGIC) or len(blob) < start:
        raise PhotoUnreadable("the photo's file was damaged or changed")
    after_key = start + blob[start - 1]
    return (
        blob[start:after_key].decode("ascii", "replace"),
        blob[after_key : after_key + NONCE],
        blob[after_key + NONCE :],
    )
