"""`migrate`: bring the database to the newest step. Safe to repeat; killed in the middle, nothing has changed."""

from cli.arguments import Options, Parser
from cli.desk import Desk, bring_up
from migrations.upgrade import is_behind, newest
from models.database import Database


def describe(parser: Parser) -> None:
    """No words."""
    parser.set_defaults(act=migrate)


def migrate(desk: Desk, _options: Options) -> None:
    """Run the missing steps, then enter the first clinic where there is none."""
    database = Database(desk.settings.database_url)
    had_to = is_behind(database)
    bring_up(database, desk.settings)
    print(
        f"The database is at step {newest()}." if had_to else f"Nothing to do: step {newest()} is the newest."
    )
