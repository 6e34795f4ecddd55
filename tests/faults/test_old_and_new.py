"""An update while the old program still runs (row 96): each step of the database leaves room for the code before it.

Old code cannot be had here, so it is played twice: by rows as it wrote them, and by today's code beside a step to come.
With `web` and `worker` apart either may be the older one: what one writes the other sends.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from carriers.base import InboundText
from cli.desk import bring_up, refuse_newer
from cli.mistake import Mistake
from config import Settings
from migrations.upgrade import FOLDER, alembic_config, is_newer, upgrade
from models.database import Database
from tests.support import engines
from tests.support.crash import Fate
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER
from tests.support.oracle import texts_to
from tests.support.world import Process, World

STEPS = [script.revision for script in reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions()))]
A_STEP_TO_COME = (
    "ALTER TABLE message ADD COLUMN of_the_next_version VARCHAR(20)",
    "ALTER TABLE conversation ADD COLUMN of_the_next_version INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE of_the_next_version (id INTEGER PRIMARY KEY, message_id INTEGER REFERENCES message (id))",
    "UPDATE alembic_version SET version_num = '9999'",
)
BACK_AGAIN = (
    "ALTER TABLE message DROP COLUMN of_the_next_version",
    "ALTER TABLE conversation DROP COLUMN of_the_next_version",
    "DROP TABLE of_the_next_version",
)
OF_NEWER_CODE = (
    "UPDATE message SET of_the_next_version = 'new' WHERE of_the_next_version IS NULL",
    "UPDATE conversation SET of_the_next_version = 7",
    "INSERT INTO of_the_next_version (id, message_id) SELECT id, id FROM message",
)
QUESTION = "Can I work out?"
Columns = dict[str, dict[str, str]]


def columns_at(file: Path, step: str) -> Columns:
    """Table -> column -> type, as the code of that step knew them."""
    bring_to(file, step)
    with closing(sqlite3.connect(file)) as opened:
        tables = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: {row[1]: row[2] for row in opened.execute(f"PRAGMA table_info({table})")}
            for table in tables
        }


def bring_to(file: Path, step: str) -> None:
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        command.upgrade(alembic_config(session.connection()), step)
    database.close()


@pytest.mark.parametrize("step", STEPS[:-1])
def test_code_of_an_earlier_step_finds_its_columns_and_can_write_its_rows(tmp_path: Path, step: str) -> None:
    known = columns_at(tmp_path / "steps.db", step)
    now = columns_at(tmp_path / "steps.db", STEPS[-1])

    assert {table: set(names) - set(now.get(table, {})) for table, names in known.items()} == {
        table: set() for table in known
    }
    with closing(sqlite3.connect(tmp_path / "steps.db")) as opened:
        for table, names in known.items():
            new = [row for row in opened.execute(f"PRAGMA table_info({table})") if row[1] not in names]
            needed = [row[1] for row in new if row[3] and row[4] is None]
            assert needed == [], f"{table}: earlier code writes rows without these columns"


def take_a_step_to_come(database: Database) -> None:
    with database.write() as session:
        for statement in A_STEP_TO_COME:
            session.execute(text(statement))


@pytest.fixture(params=[engines.SQLITE, pytest.param(engines.POSTGRESQL, marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with engines.chosen(request.param):
        world = World(tmp_path)
        with world.line.database.write() as session:
            session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            session.execute(text(f"INSERT INTO alembic_version VALUES ('{STEPS[-1]}')"))
        yield world
        back = BACK_AGAIN if is_newer(world.line.database) else ()
        with world.line.database.write() as session:  # the database may be used again
            for statement in ("DROP TABLE alembic_version", *back):
                session.execute(text(statement))


def test_a_program_that_runs_goes_on_beside_a_newer_one(world: World) -> None:
    world.treat(at=NOON - timedelta(hours=19))
    old = Process(world, Fate(None))
    old.tick()
    with_it = Database(world.line.database.url)
    take_a_step_to_come(with_it)
    with_it.close()
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "Can I work out?")
    old.webhook(InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, "Can I work out?"))
    old.live(rounds=3)
    old.end()

    reminder, answer = texts_to(world.accepted(), CLIENT_NUMBER)
    assert "16 hours" in reminder
    assert answer != reminder
    assert is_newer(world.line.database)


@pytest.mark.parametrize("older", ["worker", "web"])
def test_of_web_and_worker_one_is_older_and_each_text_leaves_once(world: World, older: str) -> None:
    """The newer one's rows hold more than the older one knows, and keep it."""
    world.treat(at=NOON - timedelta(hours=19))
    before = Process(world, Fate(None))
    before.tick()
    take_a_step_to_come(world.line.database)
    after = Process(world, Fate(None))
    web, worker = (after, before) if older == "worker" else (before, after)
    sid = world.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, QUESTION)
    web.webhook(InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, QUESTION))
    with world.line.database.write() as session:
        for statement in OF_NEWER_CODE:
            session.execute(text(statement))
    worker.live(rounds=3)
    web.webhook(InboundText(sid, CLIENT_NUMBER, OUR_NUMBER, QUESTION))
    worker.live(rounds=1)
    for process in (web, worker):
        process.end()

    reminder, answer = texts_to(world.accepted(), CLIENT_NUMBER)
    assert "16 hours" in reminder
    assert answer != reminder
    with world.line.database.read() as session:
        kept = session.execute(text("SELECT DISTINCT of_the_next_version FROM message")).scalars().all()
        filled = session.execute(text("SELECT of_the_next_version FROM conversation")).scalars().all()
    assert (kept, filled) == (["new"], [7])


def test_an_old_program_does_not_start_on_a_newer_database(tmp_path: Path, settings: Settings) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    upgrade(database)
    take_a_step_to_come(database)

    with pytest.raises(Mistake, match="newer version"):
        refuse_newer(database)
    with pytest.raises(Mistake, match="newer version"):
        bring_up(database, settings)
    database.close()
