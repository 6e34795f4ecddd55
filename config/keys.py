"""Keys made once and kept in files beside DATA_DIR, so that a copy of the data alone opens nothing.

Never overwrites a key and never leaves a half-written one.
"""

import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from environs import ValidationError

from config import fingerprints
from config.settings import ConfigurationError, Problem, Settings
from config.values import key_bytes, photo_keys

T = TypeVar("T")


def ensure_keys(settings: Settings) -> Settings:
    """The settings with every key: those not set are read from `keys_dir`, made there the first time.

    The only function here that writes. A key that was used before and is gone is not made anew: photos and the
    opt-outs of erased clients hang on it. Raises ConfigurationError where it cannot.
    """
    made = replace(
        settings,
        given_secret_key=settings.given_secret_key or _kept(settings, "SECRET_KEY", _new_secret, str),
        given_photo_keys=settings.given_photo_keys
        or _kept(settings, "PHOTO_KEYS", _new_photo_key, photo_keys),
        given_opt_out_key=settings.given_opt_out_key or _kept(settings, "OPT_OUT_KEY", _new_key, key_bytes),
    )
    try:
        fingerprints.remember(made)
    except OSError as error:
        sentence = f"cannot be written ({error.strerror}): make {settings.data_dir} writable"
        raise ConfigurationError((Problem("DATA_DIR", sentence),)) from error
    return made


def keys_there(settings: Settings) -> Settings:
    """The settings with the keys that are set or kept; makes none. Raises ConfigurationError for a damaged one."""
    return replace(
        settings,
        given_photo_keys=settings.given_photo_keys
        or (
            _kept(settings, "PHOTO_KEYS", _new_photo_key, photo_keys) if _has(settings, "PHOTO_KEYS") else ()
        ),
        given_opt_out_key=settings.given_opt_out_key
        or (_kept(settings, "OPT_OUT_KEY", _new_key, key_bytes) if _has(settings, "OPT_OUT_KEY") else b""),
    )


def _has(settings: Settings, name: str) -> bool:
    return (settings.keys_dir / name.lower()).exists()


def _refuse_lost(settings: Settings, name: str) -> None:
    if _has(settings, name) or not fingerprints.is_remembered(fingerprints.remembered(settings), name):
        return
    sentence = (
        f"was used here before and is gone from {settings.keys_dir}; put it back. Only if it is lost for good: "
        f"delete its line from {settings.data_dir / fingerprints.FILE}, and a new one is made"
    )
    raise ConfigurationError((Problem(name, sentence),))


def _kept(settings: Settings, name: str, make: Callable[[], str], parse: Callable[[str], T]) -> T:
    try:
        _refuse_lost(settings, name)
        return parse(read_or_make(settings.keys_dir, name.lower(), make))
    except (OSError, ValueError, ValidationError) as error:
        place = settings.keys_dir / name.lower()
        sentence = f"cannot be read from {place} ({type(error).__name__}); make it readable, or set {name}"
        raise ConfigurationError((Problem(name, sentence),)) from error


def _new_secret() -> str:
    return secrets.token_urlsafe(48)


def _new_key() -> str:
    return secrets.token_urlsafe(32)


def _new_photo_key() -> str:
    return f"k1:{_new_key()}"


def read_or_make(directory: Path, name: str, make: Callable[[], str]) -> str:
    """The key in `directory/name`; made first where there is none. Two processes get the same key.

    Raises OSError where the directory cannot be written, ValueError where the file is empty.
    """
    path = directory / name
    if not path.exists():
        _make_directory(directory)
        _create_whole(path, make())
    text = path.read_text(encoding="ascii").strip()
    if not text:
        raise ValueError(f"{path} is empty")
    return text


def _make_directory(directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


def _create_whole(path: Path, text: str) -> None:
    """Write beside, then link: the name appears only with its whole content, and only once."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        _link_once(temporary, path)
    finally:
        Path(temporary).unlink()
    _sync_directory(path.parent)


def _link_once(temporary: str, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return  # another process was first; its key is the one to use


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
