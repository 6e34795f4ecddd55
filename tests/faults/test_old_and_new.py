"""An update while the old program still runs (row 96): each step of the database leaves room for the code before it.

Old code does not run here: what it writes is compared with what today's tables take, and today's code stands for it
beside a step to come. With `web` and `worker` apart either may be the older one: what one writes the other sends.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

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
# SQLite refused these from step 0001 on, so the code of that step kept to them.
OF_THE_FIRST_CODE = {
    ("conversation", "FOREIGN KEY", "assigned_staff_id"),
    ("message", "FOREIGN KEY", "alert_id"),
    ("reminder", "FOREIGN KEY", "message_id"),
}
NO_ROOM = {  # a step that earlier code could not live with -> what is said of it
    "ALTER TABLE message ADD COLUMN needed INTEGER NOT NULL CHECK (needed > 0)": "message.needed must be given",
    "ALTER TABLE message ADD COLUMN narrow INTEGER DEFAULT 1 REFERENCES clinic (id)": "message: FOREIGN KEY",
    "CREATE UNIQUE INDEX once ON alert (clinic_id)": "alert: INDEX",
    "CREATE UNIQUE INDEX one_x ON photo (clinic_id) WHERE state = 'x'": "photo: INDEX",
    "ALTER TABLE client RENAME COLUMN name TO called": "client.name is not",
    "ALTER TABLE picture RENAME TO pictures": "picture is gone",
}
NO_ROOM_ON_POSTGRESQL = {
    "ALTER TABLE reminder ADD UNIQUE (message_id)": "reminder: UNIQUE",
    "ALTER TABLE message ALTER COLUMN carrier_sid SET NOT NULL": "message.carrier_sid must be given",
    "ALTER TABLE conversation ADD CONSTRAINT positive CHECK (id > 0)": "conversation: CHECK",
    "ALTER TABLE installation ADD FOREIGN KEY (id) REFERENCES clinic (id)": "installation: FOREIGN KEY",
    "ALTER TABLE clinic ALTER COLUMN name TYPE VARCHAR(2)": "clinic.name is not",
    "ALTER TABLE staff ALTER COLUMN single_keys DROP DEFAULT": "staff.single_keys must be given",
}
Rule = tuple[str, tuple[str | None, ...], str]  # its kind, its columns, what else it says


@dataclass(frozen=True, slots=True)
class Table:
    """What one table wants of whoever writes to it."""

    types: dict[str, str]
    needed: set[str]  # columns that must be given a value
    empty: set[str]  # NULL where they are given none
    rules: set[Rule]


def tables_of(connection: Connection) -> dict[str, Table]:
    rules = rules_of(connection)
    return {
        table: Table(
            {column["name"]: str(column["type"]) for column in columns},
            {column["name"] for column in columns if not column["nullable"] and column["default"] is None},
            {column["name"] for column in columns if column["nullable"] and column["default"] is None},
            rules[table],
        )
        for (_, table), columns in inspect(connection).get_multi_columns().items()
    }


def rules_of(connection: Connection) -> dict[str, set[Rule]]:
    """Table -> what bars a row from it."""
    looked_at: Any = inspect(connection)
    kinds = {
        "PRIMARY KEY": {key: [row] for key, row in looked_at.get_multi_pk_constraint().items()},
        "UNIQUE": looked_at.get_multi_unique_constraints(),
        "FOREIGN KEY": looked_at.get_multi_foreign_keys(),
        "CHECK": looked_at.get_multi_check_constraints(),
        "INDEX": looked_at.get_multi_indexes(),
    }
    rules: dict[str, set[Rule]] = defaultdict(set)
    for kind, found in kinds.items():
        for (_, table), rows in found.items():
            rules[table] |= {rule_of(kind, row) for row in rows if row.get("unique", True)}
    return rules


def rule_of(kind: str, row: Mapping[str, Any]) -> Rule:
    columns = row.get("constrained_columns") or row.get("column_names") or ()
    told = ("referred_table", "referred_columns", "options", "sqltext", "expressions", "dialect_options")
    return kind, tuple(columns), " ".join(str(row[name]) for name in told if row.get(name))


def no_room_for(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """What code that knows the tables before cannot read or write in those after."""
    found = [f"{table} is gone" for table in before.keys() - after.keys()]
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        left_empty = new.empty - old.types.keys()
        found += [f"{table}.{name} is not {kind}" for name, kind in old.types.items() - new.types.items()]
        found += [f"{table}.{name} must be given" for name in new.needed - old.needed]
        found += [
            f"{table}: {kind} {columns} {told}"
            for kind, columns, told in new.rules - old.rules
            if not left_empty & set(columns) and (table, kind, *columns) not in OF_THE_FIRST_CODE
        ]
    return found


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without a table."""
    on_file = f"sqlite:///{tmp_path / 'steps.db'}"
    database = Database(on_file if engine == engines.SQLITE else request.getfixturevalue("postgres_url"))
    yield database
    database.close()


def tables_at(database: Database, step: str) -> dict[str, Table]:
    with database.write() as session:
        command.upgrade(alembic_config(session.connection()), step)
        return tables_of(session.connection())


@engines.ON_BOTH
def test_code_of_an_earlier_step_finds_its_columns_and_can_write_its_rows(empty: Database) -> None:
    known = {step: tables_at(empty, step) for step in STEPS}

    assert {step: no_room_for(tables, known[STEPS[-1]]) for step, tables in known.items()} == {
        step: [] for step in STEPS
    }


@engines.ON_BOTH
def test_a_step_that_leaves_no_room_is_seen(empty: Database) -> None:
    before = tables_at(empty, STEPS[-1])
    steps = NO_ROOM if empty.is_sqlite else NO_ROOM | NO_ROOM_ON_POSTGRESQL
    with empty.write() as session:
        for statement in steps:
            session.execute(text(statement))
        found = no_room_for(before, tables_of(session.connection()))

    assert {said for said in steps.values() if not any(line.startswith(said) for line in found)} == set()


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
