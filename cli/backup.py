"""`backup DIR`: database and photos as one folder, while everything runs. The keys are never in it."""

from pathlib import Path

from cli.arguments import Options, Parser
from cli.desk import Desk
from cli.mistake import Mistake
from desk.backup import Made, make_backup
from migrations.upgrade import is_behind, is_empty
from models.database import Database


def describe(parser: Parser) -> None:
    """backup DIR."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder, best on another disk")
    parser.set_defaults(act=back_up)


def back_up(desk: Desk, options: Options) -> None:
    """Make one backup and say what is in it, and what is not. Works at any step, so also before an update."""
    database = Database(desk.settings.database_url)
    try:
        if is_empty(database):
            raise Mistake("there is nothing to back up: the database is empty")
        made = make_backup(database, desk.settings, options.folder, is_newest_step=not is_behind(database))
    finally:
        database.close()
    print(_line(desk, options.folder, made))


def _line(desk: Desk, folder: Path, made: Made) -> str:
    told = made.manifest
    photos = len(told.photo_names)
    lost = f" ({made.missing} more have lost their file)" if made.missing else ""
    return (
        f"Backup in {folder}: {told.row_count} rows, {photos} photos{lost}, {told.byte_count / 1e6:.1f} MB. "
        f"The keys are not in it; keep a copy of {_places_of_keys(desk)} apart from it."
    )


def _places_of_keys(desk: Desk) -> str:
    """Where PHOTO_KEYS and OPT_OUT_KEY are."""
    kept = [name for name in ("photo_keys", "opt_out_key") if (desk.settings.keys_dir / name).exists()]
    if not kept:
        return "PHOTO_KEYS and OPT_OUT_KEY of your environment or .env"
    return f"the folder {desk.settings.keys_dir}" + ("" if len(kept) == 2 else " and of your .env")
