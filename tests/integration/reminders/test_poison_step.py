"""A step whose text cannot be written is held and shown; it never stops the others (row 63)."""

import pytest
from sqlalchemy.orm import Session

from messages.catalogue import Words
from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from models.message import Message
from models.reminder import Reminder
from scheduler import due, reminders
from scheduler.due import HELD_BY_ERROR, enqueue_due
from scheduler.words import write_words
from tests.support.chicago import local
from tests.support.factories import make_client, make_consent, make_conversation
from tests.support.planned_visits import RULES, Voice, treat

AT = "2026-05-05T14:00"


@pytest.fixture
def ben(session: Session, clinic: Clinic) -> Client:
    thread = make_conversation(session, clinic, number="+15735550199")
    make_consent(session, thread)
    return make_client(session, thread, name="Ben")


def texts(session: Session) -> list[str]:
    return [row.their_number for row in session.query(Message).filter(Message.kind == "reminder")]


def test_a_step_that_cannot_be_written_is_held_and_the_others_go_on(
    session: Session,
    client: Client,
    ben: Client,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail_for_ana(number: object, row: Reminder, *rest: object, **named: object) -> Words:
        if row.client_id == client.id:
            raise RuntimeError("poison")
        return write_words(number, row, *rest, **named)  # type: ignore[arg-type]

    treat(session, client, AT)
    treat(session, ben, AT)
    monkeypatch.setattr(due, "write_words", fail_for_ana)

    done = enqueue_due(session, local(AT), voice=Voice())
    again = enqueue_due(session, local(AT), voice=Voice())

    assert (len(done.enqueued), len(done.failed), again.failed) == (1, 1, [])
    held = session.get_one(Reminder, done.failed[0])
    assert (held.status, held.held_by) == ("held", HELD_BY_ERROR)
    assert conversation.waiting_since == local(AT)
    assert texts(session) == ["+15735550199"]

    monkeypatch.undo()
    reminders.release(session, held.id, actor="staff:1", rules=RULES, now=local(AT))
    assert len(enqueue_due(session, local(AT), voice=Voice()).enqueued) == 1
