"""A backup on disk: a folder with its manifest, which appears under its name only when all of it is there.

Holds the database and the encrypted photos; never a key.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"
PHOTOS = "photos"
FORMAT = 1
CHUNK = 1 << 20


class BackupRefused(Exception):
    """It cannot be done; the message is one plain sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds and of when it is. `files`: path in the folder -> [bytes, SHA-256]. `keys`: fingerprints."""

    format: int
    taken_at: str
    database: str
    step: str
    mark: str
    rows: dict[str, int]
    files: dict[str, list[int | str]]
    keys: dict[str, str]
    versions: dict[str, str]

    @property
    def moment(self) -> datetime:
        """When it was taken (machine time)."""
        return datetime.fromisoformat(self.taken_at)

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())

    @property
    def photo_names(self) -> list[str]:
        """The stored files it holds."""
        return [name.partition("/")[2] for name in self.files if name.startswith(f"{PHOTOS}/")]

    @property
    def byte_count(self) -> int:
        """Size of all files."""
        return sum(int(size) for size, _ in self.files.values())


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill; it gets its name at the end of the block and not before. Raises BackupRefused."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(f"{target} is there already; name a folder that is new or empty")
    partial = target.absolute().with_name(f".{target.absolute().name}.partial")
    partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(partial):
        _empty(partial)
        try:
            yield partial
            sync_folder(partial)
            partial.rename(target.absolute())
        except BaseException:  # a full disk should not also keep half a backup
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync_folder(target.absolute().parent)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """What a killed backup left may be swept away; what another one is filling may not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupRefused(f"another backup to {folder.name} is being made; name another folder") from None
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for item in folder.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The last file of a backup."""
    file = folder / MANIFEST
    file.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sync_file(file)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished backup. Raises BackupRefused."""
    if not (folder / MANIFEST).is_file():
        raise BackupRefused(f"{folder} is not a backup: it has no {MANIFEST}")
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**told)
        _ = manifest.moment, manifest.row_count, manifest.byte_count
    except (ValueError, TypeError, AttributeError):
        raise BackupRefused(f"the {MANIFEST} in {folder} cannot be read; take another backup") from None
    if manifest.format != FORMAT:
        raise BackupRefused(f"{folder} was made by a newer version of this program; update it first")
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Every file is as it was written. Raises BackupRefused naming the first that is not."""
    for name, (size, digest) in manifest.files.items():
        file = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise BackupRefused(f"the {MANIFEST} names a file outside of the backup; take another backup")
        if not file.is_file():
            raise BackupRefused(f"{name} is missing in {folder}; take another backup")
        if [size, digest] != describe(file):
            raise BackupRefused(f"{name} in {folder} was damaged or changed; take another backup")


def describe(file: Path) -> list[int | str]:
    """[bytes, SHA-256] of a file."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return [file.stat().st_size, digest]


def copy_durably(source: Path, target: Path) -> None:
    """A copy that only its owner may read, on the disk before this returns."""
    shutil.copyfile(source, target)
    target.chmod(0o600)
    sync_file(target)


def sync_file(file: Path) -> None:
    """What was written is on the disk."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """The names in it are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
