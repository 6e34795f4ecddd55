"""The commit is done and its answer is lost: whoever hears an error tries again, and nothing is done twice (row 89)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.conversation import handle_inbound
from carriers.base import InboundText
from models.database import Database
from models.message import Message
from outbox.kinds import Kind
from outbox.lookup import look_up_unknown
from tests.support import engines
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER
from tests.support.scripted_carrier import SHORT, make_sender
from tests.support.sending import queue
from tests.support.sending_desk import Desk, open_desk
from tests.support.world import voice

ENGINES = [engines.SQLITE, pytest.param(engines.POSTGRESQL, marks=pytest.mark.postgres)]
WRITES = 5  # claim, intent, outcome, and two of the round after


class Deaf(Database):
    """The answer to its n-th commit never arrives."""

    def __init__(self, url: str, *, nth: int) -> None:
        super().__init__(url)
        self._left = nth

    @property
    def has_lost_one(self) -> bool:
        """Whether there were that many."""
        return self._left <= 0

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
        self._left -= 1
        if self._left == 0:
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with engines.chosen(request.param):
        yield open_desk(engines.open_test_database(tmp_path))


def test_a_send_whose_commit_was_not_heard_of_is_sent_once(desk: Desk) -> None:
    for nth in range(1, WRITES + 1):
        desk.carrier.accepted.clear()
        desk.clock.move(hours=1)
        queue(desk, Kind.QUESTION)
        deaf = Deaf(desk.database.url, nth=nth)
        live(desk, deaf)
        deaf.close()
        assert deaf.has_lost_one
        assert len(desk.carrier.accepted) == 1, f"commit {nth}"


def live(desk: Desk, database: Database) -> None:
    """A sender that breathes after an error, as the real one does."""
    sender = make_sender(database, desk.carrier)
    for _ in range(10):
        try:
            while sender.deliver_next():
                pass
            look_up_unknown(database, desk.carrier, spans=SHORT, clocks=desk.clock.clocks())
        except OperationalError:
            pass
        desk.clock.move(seconds=2)


def test_a_text_whose_commit_was_not_heard_of_comes_again_and_is_one(desk: Desk) -> None:
    inbound = InboundText("SM" + "8" * 32, CLIENT_NUMBER, OUR_NUMBER, "Can I work out?")
    deaf = Deaf(desk.database.url, nth=1)
    with pytest.raises(OperationalError), deaf.write() as session:  # the webhook answers 503
        handle_inbound(session, inbound, desk.clock.at, voice=voice())
    with deaf.write() as session:
        handle_inbound(session, inbound, desk.clock.at, voice=voice())
    deaf.close()

    with desk.database.read() as session:
        counts = session.execute(select(Message.direction, func.count()).group_by(Message.direction)).all()
    assert {row[0]: row[1] for row in counts} == {"inbound": 1, "outbound": 1}
