"""Makes a backup while the installation works. Takes one moment of the database, and the photos its rows know."""

import platform
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config import Settings
from config.fingerprints import fingerprints_of
from desk import postgres_tools
from desk.backup_folder import (
    FORMAT,
    PHOTOS,
    BackupRefused,
    Manifest,
    copy_durably,
    describe,
    new_folder,
    sync_file,
    sync_folder,
    write_manifest,
)
from models.database import Database
from models.installation import machine_now
from models.photo import mark_backed_up, stored_names
from models.snapshot import (
    Contents,
    Damaged,
    contents_of_file,
    copy_sqlite,
    export_snapshot,
    sqlite_file,
)

SQLITE_NAME, POSTGRESQL_NAME = "database.sqlite", "database.dump"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup. `missing`: photos whose rows are there and whose files are not."""

    manifest: Manifest
    missing: int


def make_backup(database: Database, settings: Settings, target: Path, *, is_newest_step: bool) -> Made:
    """Fill `target`, a new folder. Photos in it are marked, so that the carrier's copies may go in time.

    Raises BackupRefused; OSError where the disk refuses.
    """
    with new_folder(target) as folder:
        with database.read() as session:
            taken_at = machine_now(session)
        name, held = _copy_database(database, folder)
        missing = _copy_photos(settings.data_dir / PHOTOS, folder / PHOTOS, held.photos)
        manifest = _describe_all(folder, settings, name, held, taken_at)
        write_manifest(folder, manifest)
    if is_newest_step:
        with database.write() as session:
            mark_backed_up(session, set(manifest.photo_names), at=taken_at)
            missing &= stored_names(session)  # the others were deleted meanwhile
    return Made(manifest, len(missing))


def _copy_database(database: Database, folder: Path) -> tuple[str, Contents]:
    if not database.is_sqlite:
        with export_snapshot(database) as (snapshot, held):
            postgres_tools.dump(database.url, folder / POSTGRESQL_NAME, snapshot=snapshot)
        (folder / POSTGRESQL_NAME).chmod(0o600)
        sync_file(folder / POSTGRESQL_NAME)
        return POSTGRESQL_NAME, held
    copy = folder / SQLITE_NAME
    try:
        copy_sqlite(sqlite_file(database.url), copy)
    except Damaged as error:
        raise BackupRefused(f"{error}; restore the last good backup") from error
    copy.chmod(0o600)
    sync_file(copy)
    return SQLITE_NAME, contents_of_file(copy)


def _copy_photos(source: Path, target: Path, names: tuple[str, ...]) -> set[str]:
    """Copy what the rows know; the names that have no file."""
    target.mkdir(mode=0o700)
    missing: set[str] = set()
    for name in names:
        try:
            copy_durably(source / name, target / name)
        except FileNotFoundError:
            missing.add(name)
    sync_folder(target)
    return missing


def _describe_all(
    folder: Path, settings: Settings, name: str, held: Contents, taken_at: datetime
) -> Manifest:
    files = [folder / name, *sorted((folder / PHOTOS).iterdir())]
    return Manifest(
        format=FORMAT,
        taken_at=taken_at.isoformat(),
        database=name,
        step=held.step,
        mark=held.mark,
        rows=held.rows,
        files={file.relative_to(folder).as_posix(): describe(file) for file in files},
        keys=fingerprints_of(settings),
        versions={"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    )
