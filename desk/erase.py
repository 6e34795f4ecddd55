"""The owner erases a client: words, photos, dates and number go; carrier ids and the opt-out stay, without a number."""

from datetime import datetime

from sqlalchemy.orm import Session

from desk.clients import ClientError, note_change
from models.api_answer import empty_answers
from models.client import Client, clients_of
from models.client_file import earlier_threads
from models.consent_event import consent_state
from models.conversation import Conversation, lock_conversation
from models.erasing import (
    erase_desk_notes,
    erase_file_of,
    erase_number,
    erase_photos,
    erase_staff_commands,
    erase_texts,
    photos_of_client,
    photos_of_thread,
    texts_of_number,
    texts_that_name,
)
from models.staff import Staff
from models.suppression import lift_suppression, suppress_number
from models.thread import open_alerts_of

ERASED_NAME = "Erased"
NOTE = "erased on request; it may have left before"


def erase_client(
    session: Session, client: Client, by: Staff, *, typed_name: str, opt_out_key: bytes, now: datetime
) -> list[str]:
    """Erase a person; returns the photo files to delete once this transaction stands. Raises ClientError.

    A thread nobody else uses goes whole. On a shared phone the texts that name nobody stay: they may be another's.
    """
    if typed_name.strip().casefold() != client.name.casefold():
        raise ClientError(f"Type the client's name as it stands here, {client.name}, to erase them.")
    threads = _threads_of(session, client)
    if any(open_alerts_of(session, thread.id) for thread in threads):
        raise ClientError("An urgent alert is open on this number. Handle it first, then erase.")
    files = erase_texts(session, texts_that_name(client.id), note=NOTE)
    files += erase_photos(session, photos_of_client(client.id))
    for thread in threads:
        if not _others_on(session, thread, client):
            files += _erase_thread(session, thread, opt_out_key, now)
    erase_file_of(session, client.id)
    empty_answers(session, clinic_id=client.clinic_id)
    note_change(session, client, by, "client.erased", now)
    client.name, client.timezone, client.erased_at = ERASED_NAME, None, now
    session.flush()
    session.expire_all()
    return files


def _threads_of(session: Session, client: Client) -> list[Conversation]:
    """The client's thread and those of earlier numbers, each locked against STOP and every send."""
    current = client.conversation_id
    earlier = [thread.id for thread in earlier_threads(session, client.id, current=current)]
    return [lock_conversation(session, thread_id) for thread_id in sorted([current, *earlier])]


def _others_on(session: Session, thread: Conversation, client: Client) -> bool:
    return any(other.id != client.id for other in clients_of(session, thread.id))


def _erase_thread(session: Session, thread: Conversation, key: bytes, now: datetime) -> list[str]:
    _keep_opt_out(session, thread, key)
    files = erase_texts(session, texts_of_number(thread.id), note=NOTE)
    files += erase_photos(session, photos_of_thread(thread.id))
    erase_desk_notes(session, thread.id)
    erase_staff_commands(session, clinic_id=thread.clinic_id, number=thread.number)
    erase_number(session, thread, now=now)
    return files


def _keep_opt_out(session: Session, thread: Conversation, key: bytes) -> None:
    state, clinic_id, number = consent_state(session, thread.id), thread.clinic_id, thread.number
    if state.stopped_at is not None:
        suppress_number(session, clinic_id=clinic_id, number=number, key=key, since=state.stopped_at)
    else:
        lift_suppression(session, clinic_id=clinic_id, number=number, key=key)
