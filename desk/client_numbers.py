"""Staff say that a client has another number, or that two entries are one person. Consent never moves along:
it belongs to a number.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from desk.clients import ClientError, note_change
from desk.threads import add_note
from messages.catalogue import Pack
from messages.edits import Edits
from messages.plan_rules import PlanRules
from models.client import Client, clients_of
from models.client_file import visits_on_file
from models.client_moves import (
    delete_client,
    hand_over_file,
    lock_queued_steps,
    move_steps_to,
    move_treatments,
)
from models.clinic import Clinic, default_number, find_clinic_number
from models.conversation import Conversation, find_or_make_conversation, lock_conversation
from models.planning import visit_on_day
from models.staff import Staff
from outbox.suppression import carry_over_opt_out
from phone import last_four
from scheduler.enrolment import NewClient, agree
from scheduler.reminders import cancel_steps_of, replan_number

MERGED = "entered twice: merged with the client's other entry"


@dataclass(frozen=True, slots=True)
class NewNumber:
    """Where a client is reached from now on. `agreed`: to aftercare texts on it; `shares`: with whoever has it."""

    number: str  # E.164
    agreed: bool
    how: str
    shares: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """The clinic's words and the key of opt-outs: what a change of number may need to write and to know."""

    pack: Pack
    edits: Edits
    opt_out_key: bytes


def change_number(
    session: Session,
    clinic: Clinic,
    client: Client,
    new: NewNumber,
    by: Staff,
    *,
    wording: Wording,
    now: datetime,
) -> Conversation:
    """Reach a client on another number from now on; texts so far stay in their thread. Raises ClientError."""
    old = lock_conversation(session, client.conversation_id)
    _check_number(session, old, new)
    thread = thread_on(session, clinic, new.number, now)
    _refuse_unasked_sharing(session, thread, new)
    carry_over_opt_out(session, thread, key=wording.opt_out_key, now=now)
    _take_back_queued(session, client, "the client's number was changed before it left")
    client.conversation_id, thread.dismissed_at = thread.id, None
    move_steps_to(session, client_id=client.id, conversation_id=thread.id)
    session.flush()
    _leave(session, old, now)
    _note_move(session, old, thread, client, by, now)
    if new.agreed:
        who = NewClient(client.name, new.number, care=True, promo=False, how=new.how, by=str(by.id))
        agree(session, clinic, client, who, pack=wording.pack, now=now, edits=wording.edits)
    note_change(session, client, by, "client.number", now)
    for each in (old.id, thread.id):
        replan_number(session, each, rules=wording.pack.plan, now=now)
    return thread


def merge_clients(
    session: Session, keep: Client, other: Client, by: Staff, *, rules: PlanRules, now: datetime
) -> None:
    """Two entries are one person: everything of `other` becomes `keep`'s, and `other` is gone. Raises ClientError."""
    if keep.id == other.id or keep.clinic_id != other.clinic_id:
        raise ClientError("Choose the other entry of this person.")
    threads = sorted({keep.conversation_id, other.conversation_id})
    for thread_id in threads:
        lock_conversation(session, thread_id)
    left = lock_conversation(session, other.conversation_id)
    _take_back_queued(session, other, "the client was merged before it left")
    _join_visits(session, keep, other, now)
    hand_over_file(session, from_id=other.id, to_id=keep.id)
    move_steps_to(session, client_id=keep.id, conversation_id=keep.conversation_id)
    keep.do_not_promote = keep.do_not_promote or other.do_not_promote
    keep.timezone = keep.timezone or other.timezone
    note_change(session, other, by, "client.merged", now)
    session.flush()
    delete_client(session, other.id)
    session.expunge(other)
    if left.id != keep.conversation_id:
        _leave(session, left, now)
        _note_move(session, left, lock_conversation(session, keep.conversation_id), keep, by, now)
    for thread_id in threads:
        replan_number(session, thread_id, rules=rules, now=now)


def _check_number(session: Session, old: Conversation, new: NewNumber) -> None:
    if new.number == old.number:
        raise ClientError("That is the number on file already.")
    if find_clinic_number(session, new.number) is not None:
        raise ClientError("That is the clinic's own texting number. Write the client's.")


def thread_on(session: Session, clinic: Clinic, number: str, now: datetime) -> Conversation:
    """The clinic's thread with this phone, made where there is none; locked to the transaction's end."""
    return find_or_make_conversation(
        session,
        clinic_id=clinic.id,
        number=number,
        sender_kind="phone",
        clinic_number_id=default_number(session, clinic.id).id,
        now=now,
    )


def _refuse_unasked_sharing(session: Session, thread: Conversation, new: NewNumber) -> None:
    others = clients_of(session, thread.id)
    if others and not new.shares:
        names = " and ".join(client.name for client in others)
        raise ClientError(f"{names} is reached on that number. Tick that they share the phone to go on.")


def _take_back_queued(session: Session, client: Client, note: str) -> None:
    """Steps whose text has not left are planned again; a text already on its way is recorded where it is."""
    for message, step in lock_queued_steps(session, client_id=client.id):
        message.state, message.dedupe_key = "cancelled", None
        message.reason = {**message.reason, "note": note}
        step.status, step.message_id, step.reason = "planned", None, None
    session.flush()


def _leave(session: Session, thread: Conversation, now: datetime) -> None:
    """A thread without a client is not a new unknown number: it is shown again when it texts."""
    if clients_of(session, thread.id):
        return
    thread.dismissed_at = now
    thread.open_question = thread.open_question_visit_id = thread.open_question_asked_at = None


def _note_move(
    session: Session, old: Conversation, new: Conversation, client: Client, by: Staff, now: datetime
) -> None:
    """Each thread says where the other half of the story is."""
    went = f"{client.name} is reached on the number ending {last_four(new.number)} from now on."
    came = f"{client.name} was reached on the number ending {last_four(old.number)} until now."
    add_note(session, old, by, body=went, now=now)
    add_note(session, new, by, body=came, now=now)


def _join_visits(session: Session, keep: Client, other: Client, now: datetime) -> None:
    """Visits of one day become one visit; the steps of the emptied one are cancelled."""
    for entry in visits_on_file(session, other.id):
        same = visit_on_day(session, client_id=keep.id, local_day=entry.visit.local_day)
        if same is None:
            continue
        move_treatments(session, from_visit=entry.visit.id, to_visit=same.id)
        same.injected_at = max(same.injected_at, entry.visit.injected_at)
        cancel_steps_of(session, entry.visit, now)
        entry.visit.cancelled_at, entry.visit.cancelled_reason = now, MERGED
    session.flush()
