"""`restore DIR`: put a backup back. Reminders then wait until the carrier's list has been read (R7)."""

from pathlib import Path

from cli.arguments import Options, Parser
from cli.desk import Desk
from cli.instance_lock import only_instance
from config import Settings, keys_there, load_settings
from desk.backup_folder import Manifest
from desk.restore import open_backup, put_back_photos, restore_postgresql, restore_sqlite

AFTERWARDS = (
    "Reminders wait until the carrier's list has been read; answers, alerts and STOP confirmations leave at once. "
    "Tokens of other systems are ended: app.py token add makes new ones. "
    "Next: app.py doctor, then start it."
)


def describe(parser: Parser) -> None:
    """restore DIR [--force] [--without-keys]."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that `backup` made")
    parser.add_argument("--force", action="store_true", help="even though the database here is newer")
    parser.add_argument(
        "--without-keys", action="store_true", help="the old keys are lost for good: its photos stay closed"
    )
    parser.set_defaults(act=restore)


def restore(_desk: Desk, options: Options) -> None:
    """Check everything, then put photos and database in their place."""
    settings = keys_there(load_settings())  # makes no key: the old ones belong here
    manifest = open_backup(options.folder, settings, without_keys=options.without_keys)
    put = _put_sqlite if settings.database_url.startswith("sqlite") else _put_postgresql
    kept = put(options.folder, manifest, settings, options.force)
    taken = manifest.moment.strftime("%Y-%m-%d %H:%M UTC")
    held = f"{manifest.row_count} rows, {len(manifest.photo_names)} photos"
    print(f"Restored the backup of {taken}: {held}.{kept} {AFTERWARDS}")


def _put_sqlite(folder: Path, manifest: Manifest, settings: Settings, is_forced: bool) -> str:
    with only_instance(settings.database_url):
        kept = restore_sqlite(folder, manifest, settings, is_forced=is_forced)
        put_back_photos(folder, manifest, settings)
    return f" The database that was here is kept as {kept}." if kept else ""


def _put_postgresql(folder: Path, manifest: Manifest, settings: Settings, is_forced: bool) -> str:
    restore_postgresql(folder, manifest, settings, is_forced=is_forced)
    put_back_photos(folder, manifest, settings)
    return ""
