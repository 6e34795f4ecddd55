"""One conversation of the signed-in person's clinic in one transaction; 404 for any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

import clock
from dashboard.guard import staff
from models.clinic import Clinic, find_clinic
from models.conversation import Conversation
from models.message import Message
from models.staff import Staff
from models.thread import find_message, find_thread
from web.edge import deployment, found


@dataclass(frozen=True, slots=True)
class Desk:
    """One thread in one transaction, the person at the desk, and clinic time."""

    session: Session
    thread: Conversation
    by: Staff
    now: datetime


@contextmanager
def at_desk(thread_id: int) -> Iterator[Desk]:
    """One transaction on one thread of the signed-in person's clinic; 404 for any other."""
    with deployment().database.write() as session:
        thread, by = own_thread(session, thread_id), session.get_one(Staff, staff().id)
        yield Desk(session, thread, by, clock.now(session))


def back_to_thread(thread_id: int) -> ResponseReturnValue:
    """To the conversation, under the tab it was opened from."""
    return redirect(url_for("thread.show", thread_id=thread_id, tab=request.args.get("tab")), 303)


def own_thread(session: Session, thread_id: int) -> Conversation:
    """The clinic's conversation of this id; 404 where there is none."""
    return found(find_thread(session, clinic_id=staff().clinic_id, conversation_id=thread_id))


def own_message(desk: Desk, message_id: int) -> Message:
    """A text of the conversation at hand."""
    message = found(find_message(desk.session, clinic_id=desk.thread.clinic_id, message_id=message_id))
    if message.conversation_id != desk.thread.id:
        abort(404)
    return message


def own_clinic(session: Session) -> Clinic:
    """The signed-in person's clinic."""
    return find_clinic(session, staff().clinic_id)
