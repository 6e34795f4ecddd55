"""How sending itself calls for help: a system alert on screen, paged by the next tick, and "a person must look".

Pages nobody directly: alerts/ stands above this room.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.alert import Alert, alert_about, codes_in_use, has_open_system_alert
from models.conversation import lock_conversation
from models.message import Message
from outbox.kinds import Kind

NOT_TOLD = "the client did NOT get our instruction: call now"
CODE_LETTERS = "ACDEFGHJKMNPRTUVWXY"  # no B I L O Q S Z: they are read as 8 1 1 0 0 5 2
CODE_DIGITS = "234679"
CODE_REST = timedelta(days=1)  # a code is not used again so soon after its alert was closed


def free_code(taken: Collection[str]) -> str:
    """A code such as K7 that is not taken; a digit longer where all short ones are."""
    for length in range(1, 5):
        codes = [letter + digits for letter in CODE_LETTERS for digits in _digit_runs(length)]
        free = [code for code in codes if code not in taken]
        if free:
            return secrets.choice(free)
    raise RuntimeError("every alert code is in use")


def _digit_runs(length: int) -> list[str]:
    runs = [""]
    for _ in range(length):
        runs = [run + digit for run in runs for digit in CODE_DIGITS]
    return runs


def new_alert(
    session: Session,
    *,
    clinic_id: int,
    kind: str,
    now: datetime,
    page_at: datetime,
    conversation_id: int | None = None,
    message_id: int | None = None,
    note: str | None = None,
) -> Alert:
    """Write an open alert whose first page is due at `page_at` (machine time). `now` is clinic time."""
    taken = codes_in_use(session, clinic_id=clinic_id, closed_since=now - CODE_REST)
    alert = Alert(
        clinic_id=clinic_id,
        conversation_id=conversation_id,
        message_id=message_id,
        kind=kind,
        code=free_code(taken),
        note=note,
        opened_at=now,
        next_page_at=page_at,
        pages=0,
    )
    session.add(alert)
    session.flush()
    return alert


def raise_system_alert(
    session: Session, *, clinic_id: int, note: str, now: datetime, machine: datetime
) -> None:
    """Tell a clinic's staff that sending needs them. Said once while the same alert is open."""
    if has_open_system_alert(session, clinic_id=clinic_id, note=note):
        return
    new_alert(session, clinic_id=clinic_id, kind="system", now=now, page_at=machine, note=note)


def ask_a_person(
    session: Session, message: Message, *, why: str, now: datetime, urgency: str = "normal"
) -> None:
    """Put the conversation before a person, unless it is already."""
    if message.conversation_id is None:
        return
    conversation = lock_conversation(session, message.conversation_id)
    if conversation.waiting_since is None:
        conversation.waiting_since, conversation.waiting_reason = now, why[:200]
        conversation.waiting_urgency = urgency


def note_instruction(session: Session, message: Message, *, was_sent: bool) -> None:
    """Say on the alert whether the emergency instruction reached the carrier (RULES 6)."""
    if message.kind != Kind.RED_FLAG or message.in_reply_to_id is None:
        return
    alert = alert_about(session, message.in_reply_to_id)
    if alert is None:
        return
    others = [line for line in (alert.note or "").split("\n") if line and line != NOT_TOLD]
    lines = others if was_sent else [NOT_TOLD, *others]
    alert.note = "\n".join(lines) or None
