"""The one PostgreSQL database that the tests of a process use in turn: emptying it takes a thirtieth of making one.

It is emptied over a connection that stays: opening one costs the server and us as much as all the deleting.
"""

import atexit

from models.base import Base
from tests.support.postgres import Cluster

SEQUENCES = "SELECT relname FROM pg_class WHERE relkind = 'S'"
# Every row away but the installation's, as it was at first; every counter at its start. Foreign keys are not looked
# at meanwhile.
MAKE_EMPTYING = """
    CREATE TEMP TABLE first_installation AS SELECT * FROM installation;
    CREATE FUNCTION pg_temp.empty_all() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
    BEGIN {steps};
        INSERT INTO installation SELECT * FROM first_installation;
        UPDATE installation SET mark = gen_random_uuid()::text;
    END $$
"""


class Standing:
    """A copy of a filled database. What it held first is what it holds after `empty`."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self._line = cluster.connect(name)
        atexit.register(self._line.close)
        deletes = [f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables]
        resets = [f"PERFORM setval('{sequence}', 1, false)" for (sequence,) in self._line.execute(SEQUENCES)]
        self._line.execute(MAKE_EMPTYING.format(steps="; ".join([*deletes, *resets])).encode())

    def empty(self) -> None:
        """As new, with another mark."""
        self._line.execute("SELECT pg_temp.empty_all()")

    def execute(self, statement: str) -> None:
        """One statement, over the connection that stays."""
        self._line.execute(statement.encode())
