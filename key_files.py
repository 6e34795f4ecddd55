"""Keys made once and kept in files beside DATA_DIR, so that a copy of the data alone opens nothing.

Never overwrites a key and never leaves a half-written one.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def directory_for(data_dir: Path) -> Path:
    """Where the keys of an installation are kept: `<DATA_DIR>.keys`."""
    return data_dir.with_name(data_dir.name + ".keys")


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
        os.unlink(temporary)
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
