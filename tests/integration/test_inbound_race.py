"""Texts that arrive at the same moment, on PostgreSQL, where nothing but its rows keeps writers apart."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from bot.decision import Decision
from messages.catalogue import shipped_pack
from models.base import Base
from models.database import Database
from models.installation import Installation
from tests.support.factories import NOON, make_clinic, make_on_call
from tests.support.line import (
    ASKS_EXERCISE,
    ASKS_PERSON,
    CANNOT_BREATHE,
    SAYS_STOP,
    Line,
    quieten_log,
)

pytestmark = pytest.mark.postgres

SID = "SM" + "0" * 31 + "1"


@pytest.fixture
def line(postgres_url: str) -> Iterator[Line]:
    quieten_log()
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Installation(id=1, mark=str(uuid4()), created_at=NOON))
        make_on_call(session, make_clinic(session))
    yield Line(database, shipped_pack())
    database.close()


def at_once(line: Line, texts: Sequence[tuple[str, Decision, str | None]]) -> list[int | None]:
    """Each (body, decision, sid) from a thread of its own; the ids of the rows."""
    with ThreadPoolExecutor(len(texts)) as pool:
        futures = [pool.submit(line.text, body, decision, sid=sid) for body, decision, sid in texts]
        return [future.result() for future in futures]


def test_one_text_delivered_many_times_at_once_is_one_row(line: Line) -> None:
    ids = at_once(line, [("can i work out?", ASKS_EXERCISE, SID)] * 8)

    assert len([each for each in ids if each is not None]) == 1
    assert [row.direction for row in line.rows()] == ["inbound", "outbound"]


def test_first_texts_of_a_new_number_at_once_share_one_conversation(line: Line) -> None:
    at_once(line, [(f"hello {n}", ASKS_PERSON, None) for n in range(6)])

    inbound = [row for row in line.rows() if row.direction == "inbound"]
    assert len(inbound) == 6
    assert {row.conversation_id for row in inbound} == {line.conversation().id}
    assert line.topics() == ["unknown_number"]


def test_stop_beside_questions_stops_once_and_for_all(line: Line) -> None:
    at_once(line, [("can i work out?", ASKS_EXERCISE, None), ("stop it", SAYS_STOP, None)] * 3)

    assert line.is_stopped()
    assert line.consent_changes() == [("stopped", "all")]
    assert {row.topic for row in line.sent()} == {"stop_confirmed"}


def test_red_flags_at_once_have_an_alert_and_a_code_each(line: Line) -> None:
    at_once(line, [("i cant breathe", CANNOT_BREATHE, None)] * 4)

    alerts = line.alerts()
    assert len({alert.code for alert in alerts}) == len(alerts) == 4
    assert line.topics() == ["emergency"] * 4
