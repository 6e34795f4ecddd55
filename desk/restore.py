"""Puts a backup back: every file is checked before anything is touched, and what was there is kept or asked for.

The restored database says of itself that it is one before it gets its name: reminders wait, nothing goes twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from config import Settings
from config.fingerprints import compare, fingerprints_of
from desk import postgres_tools
from desk.backup import POSTGRESQL_NAME, SQLITE_NAME
from desk.backup_folder import (
    PHOTOS,
    BackupRefused,
    Manifest,
    check_files,
    copy_durably,
    describe,
    read_manifest,
    sync_folder,
)
from desk.own_mark import begin_after_restore
from migrations.upgrade import is_behind, is_empty, knows_step, upgrade
from models.api_token import end_all_tokens
from models.database import Database
from models.installation import machine_now
from models.measures import newest_moment
from models.snapshot import (
    Damaged,
    check_sqlite,
    drop_everything,
    finish_load,
    has_tables,
    others_connected,
    settle_sqlite,
    sqlite_file,
)

NEEDS = {"sqlite": SQLITE_NAME, "postgresql": POSTGRESQL_NAME}
PARTS = ("", "-wal", "-shm")


def open_backup(folder: Path, settings: Settings, *, without_keys: bool = False) -> Manifest:
    """The manifest of a backup that is whole and fits this installation. `settings` hold the keys that are here.

    Raises BackupRefused. Touches nothing.
    """
    manifest = read_manifest(folder)
    dialect = settings.database_url.partition(":")[0].partition("+")[0]
    if manifest.database != NEEDS[dialect]:
        raise BackupRefused(
            f"this backup holds {manifest.database}, DATABASE_URL names another kind of database"
        )
    if not knows_step(manifest.step):
        raise BackupRefused("the backup is of a newer version of this program; update it first")
    lost = compare(manifest.keys, fingerprints_of(settings))
    if lost and not without_keys:
        raise BackupRefused(_about_keys(settings, sorted({problem.name for problem in lost})))
    check_files(folder, manifest)
    return manifest


def _about_keys(settings: Settings, names: list[str]) -> str:
    return (
        f"{' and '.join(names)} of this backup are not here: put the old keys into {settings.keys_dir} or .env first. "
        "Only if they are lost for good, use --without-keys: its photos stay closed, and opt-outs of erased clients "
        "are forgotten"
    )


def put_back_photos(folder: Path, manifest: Manifest, settings: Settings) -> None:
    """Add the photos that are not there; files that are there stay."""
    target = settings.data_dir / PHOTOS
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in manifest.photo_names:
        if not (target / name).exists() or describe(target / name) != manifest.files[f"{PHOTOS}/{name}"]:
            partial = target / f".{name}.partial"
            copy_durably(folder / PHOTOS / name, partial)
            partial.replace(target / name)
    sync_folder(target)


def refuse_newer(database: Database, manifest: Manifest) -> None:
    """Nothing that was written after the backup is lost without being asked for. Raises BackupRefused."""
    if is_empty(database) or is_behind(database):
        return
    with database.read() as session:
        newest = newest_moment(session)
    if newest is not None and newest > manifest.moment:
        raise BackupRefused(
            f"the database here is newer ({_spoken(newest)}) than the backup ({_spoken(manifest.moment)}); "
            "take a backup of it, then use --force"
        )


def _spoken(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def restore_sqlite(folder: Path, manifest: Manifest, settings: Settings, *, is_forced: bool) -> Path | None:
    """Put the file in its place; the caller holds the instance lock. Where the one before is kept, if any.

    Raises BackupRefused; InUse where another process works on the database.
    """
    file = sqlite_file(settings.database_url)
    if file.exists() and not is_forced:
        _refuse_newer_file(file, settings, manifest)
    fresh = _prepare(folder / manifest.database, file)
    kept = _set_aside(file) if file.exists() else None
    fresh.replace(file)
    sync_folder(file.parent)
    return kept


def _refuse_newer_file(file: Path, settings: Settings, manifest: Manifest) -> None:
    try:
        settle_sqlite(file)
        check_sqlite(file)
    except Damaged:
        return  # nothing can be read from it; it is kept aside all the same
    with _opened(settings.database_url) as database:
        refuse_newer(database, manifest)


def _prepare(source: Path, file: Path) -> Path:
    """The copy beside its place, at the newest step and knowing that it was restored."""
    fresh = file.with_name(f"{file.name}.restoring")
    for part in PARTS:
        fresh.with_name(fresh.name + part).unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    copy_durably(source, fresh)
    with _opened(f"sqlite:///{fresh}") as database:
        upgrade(database)
        with database.write() as session:
            begin_after_restore(session)
            end_all_tokens(session, machine_now(session))  # one revoked since the backup must not live again
    settle_sqlite(fresh)
    return fresh


def _set_aside(file: Path) -> Path:
    """Keep the file that was there under another name; its own name is never empty meanwhile."""
    number = 1
    while (kept := file.with_name(f"{file.name}.before-restore-{number}")).exists():
        number += 1
    try:
        settle_sqlite(file)
    except Damaged:  # its -wal goes with it: beside the new file it would be read as a part of that
        for part in PARTS[1:]:
            if (beside := file.with_name(file.name + part)).exists():
                beside.rename(kept.with_name(kept.name + part))
    kept.hardlink_to(file)
    return kept


def restore_postgresql(folder: Path, manifest: Manifest, settings: Settings, *, is_forced: bool) -> None:
    """Fill an empty database; with `is_forced` empty it first. Killed in between, no version works on it.

    Raises BackupRefused.
    """
    with _opened(settings.database_url) as database:
        _refuse_in_use(database)
        if not is_forced:
            _refuse_filled(database, manifest)
        with database.write() as session:
            drop_everything(session)
        postgres_tools.load(settings.database_url, folder / manifest.database)
        with database.write() as session:
            finish_load(session, manifest.step)
        upgrade(database)
        with database.write() as session:
            begin_after_restore(session)
            end_all_tokens(session, machine_now(session))  # one revoked since the backup must not live again


def _refuse_in_use(database: Database) -> None:
    with database.read() as session:
        if others_connected(session):
            raise BackupRefused("processes of this program work on this database; stop them first")


def _refuse_filled(database: Database, manifest: Manifest) -> None:
    refuse_newer(database, manifest)
    with database.read() as session:
        if has_tables(session):
            raise BackupRefused("this database is not empty; name an empty one, or replace it with --force")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
