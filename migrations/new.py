"""Writes the next step from the difference between the models and the steps so far: `make migration m="..."`.

Works on a throw-away SQLite file; never touches a real database.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from migrations.upgrade import FOLDER, alembic_config, upgrade
from models.database import Database

STEPS = FOLDER / "versions"


def write_step(sentence: str) -> None:
    """Add a file to migrations/versions. Read it before it is committed."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'steps.db'}")
        upgrade(database)
        with database.write() as session:
            config = alembic_config(session.connection())
            number = f"{len(list(STEPS.glob('[0-9]*.py'))) + 1:04}"
            command.revision(config, sentence, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('say what the step does: make migration m="add a column for ..."')
    write_step(sys.argv[1])
