"""The steps of the database: one head, and together they build exactly what the models say."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from migrations.upgrade import FOLDER, all_tables, is_behind, newest, reached, upgrade
from models.database import Database
from tests.support.engines import cluster


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'steps.db'}")


def differences(database: Database) -> list[object]:
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return list(compare_metadata(context, all_tables()))


def test_there_is_one_newest_step() -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [newest()]


def test_the_steps_build_what_the_models_say(database: Database) -> None:
    upgrade(database)

    assert differences(database) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    upgrade(database)

    assert not is_behind(database)


def test_an_empty_database_is_behind(database: Database) -> None:
    assert is_behind(database)


def test_a_step_that_fails_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("alembic.operations.BatchOperations.create_index", fail)
    with pytest.raises(OSError, match="disk full"):
        upgrade(database)

    with database.read() as session:
        assert reached(session.connection()) is None
        assert inspect(session.connection()).get_table_names() == []


def test_circular_foreign_keys_exist_on_sqlite(database: Database) -> None:
    upgrade(database)

    with database.read() as session:
        named = session.execute(text("SELECT \"table\" FROM pragma_foreign_key_list('message')")).scalars()
        assert "alert" in set(named)


@pytest.mark.postgres
def test_the_steps_build_the_same_on_postgresql() -> None:
    name = cluster().make_database()
    database = Database(cluster().url(name))

    upgrade(database)
    upgrade(database)

    assert differences(database) == []
    database.close()
    cluster().drop_database(name)
