"""Everything on file about one client, to hand over: an archive with the words, dates and photos, and one PDF."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from desk.thread_pdf import PdfEntry, PdfHead, PdfPhoto, write_pdf
from models.appointment import Appointment
from models.client import Client, clients_of
from models.client_file import (
    VisitOnFile,
    appointments_of,
    steps_of_client,
    stored_photos,
    texts_of_client,
    visits_on_file,
)
from models.clinic import Clinic
from models.consent_event import ConsentEvent, consent_events
from models.conversation import Conversation
from models.message import Message
from models.photo import Photo
from models.reminder import Reminder
from models.thread import staff_names
from photos.store import PhotoStore, PhotoUnreadable

NEVER_LEFT = ("refused", "cancelled")


@dataclass(frozen=True, slots=True)
class ClientFile:
    """One client's records, read at one moment."""

    clinic: Clinic
    client: Client
    thread: Conversation
    visits: tuple[VisitOnFile, ...]
    steps: tuple[Reminder, ...]
    appointments: tuple[Appointment, ...]
    consent: tuple[ConsentEvent, ...]
    texts: tuple[Message, ...]
    photos: tuple[Photo, ...]
    staff: dict[int, str]
    is_shared: bool
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which moments are written."""
        return ZoneInfo(self.clinic.timezone)


def read_client_file(session: Session, clinic: Clinic, client: Client, *, now: datetime) -> ClientFile:
    """Everything on file. On a shared number, texts that name another client are left out."""
    thread = session.get_one(Conversation, client.conversation_id)
    is_alone = len(clients_of(session, thread.id)) == 1
    texts = texts_of_client(session, client.id, conversation_id=thread.id, is_alone=is_alone)
    return ClientFile(
        clinic=clinic,
        client=client,
        thread=thread,
        visits=tuple(visits_on_file(session, client.id, with_cancelled=True)),
        steps=tuple(steps_of_client(session, client.id)),
        appointments=tuple(appointments_of(session, client.id)),
        consent=tuple(consent_events(session, thread.id)),
        texts=tuple(texts),
        photos=tuple(stored_photos(session, [text.id for text in texts])),
        staff=staff_names(session, clinic.id),
        is_shared=not is_alone,
        now=now,
    )


def make_archive(file: ClientFile, store: PhotoStore) -> bytes:
    """A zip: client.json, texts.txt, thread.pdf and every photo. What cannot be read is named in unreadable.txt."""
    pictures, unreadable = _open_photos(file, store)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("client.json", json.dumps(_as_json(file), indent=2, ensure_ascii=False))
        box.writestr("texts.txt", "\n".join(_text_lines(file)) + "\n")
        box.writestr("thread.pdf", _pdf(file, pictures))
        for photo in file.photos:
            if photo.id in pictures:
                box.writestr(f"photos/{_photo_name(file, photo)}", pictures[photo.id])
        if unreadable:
            box.writestr("unreadable.txt", "\n".join(unreadable) + "\n")
    return archive.getvalue()


def make_pdf(file: ClientFile, store: PhotoStore) -> bytes:
    """The thread with its photos as one PDF."""
    return _pdf(file, _open_photos(file, store)[0])


def _open_photos(file: ClientFile, store: PhotoStore) -> tuple[dict[int, bytes], list[str]]:
    pictures, unreadable = {}, []
    for photo in file.photos:
        try:
            pictures[photo.id] = store.get(photo.id, photo.stored_name or "")
        except PhotoUnreadable as error:
            unreadable.append(f"photo {photo.id}: {error}")
    return pictures, unreadable


def _photo_name(file: ClientFile, photo: Photo) -> str:
    local = photo.created_at.astimezone(file.zone)
    return f"{local:%Y-%m-%d_%H%M}_{photo.id}.jpg"


def _as_json(file: ClientFile) -> dict[str, object]:
    return {
        "exported_at": _at(file, file.now),
        "clinic": file.clinic.name,
        "client": {
            "name": file.client.name,
            "number": file.thread.number,
            "number_is_shared": file.is_shared,
            "language": file.client.language,
            "timezone": file.client.timezone or file.clinic.timezone,
            "do_not_promote": file.client.do_not_promote,
            "entered_at": _at(file, file.client.created_at),
        },
        "visits": [_visit(file, entry) for entry in file.visits],
        "planned_texts": [_step(file, step) for step in file.steps],
        "appointments": [
            {"at": _at(file, row.at), "source": row.source, "cancelled_at": _at(file, row.cancelled_at)}
            for row in file.appointments
        ],
        "consent": [_consent(file, event) for event in file.consent],
        "texts": [_text(file, text) for text in file.texts],
    }


def _visit(file: ClientFile, entry: VisitOnFile) -> dict[str, object]:
    return {
        "day": entry.visit.local_day.isoformat(),
        "kind": entry.visit.kind,
        "cancelled_reason": entry.visit.cancelled_reason,
        "treatments": [
            {
                "product": given.product,
                "areas": given.areas,
                "at": _at(file, given.injected_at),
                "entered_by": given.entered_by,
                "cancelled_at": _at(file, given.cancelled_at),
            }
            for given in entry.treatments
        ],
    }


def _step(file: ClientFile, step: Reminder) -> dict[str, object]:
    return {
        "step": step.step,
        "status": step.status,
        "due_at": _at(file, step.due_at),
        "reason": step.reason,
        "closed_at": _at(file, step.closed_at),
    }


def _consent(file: ClientFile, event: ConsentEvent) -> dict[str, object]:
    return {
        "scope": event.scope,
        "change": event.change,
        "how": event.how,
        "by": _person(file, event.by),
        "wording_version": event.wording_version,
        "at": _at(file, event.at),
    }


def _text(file: ClientFile, text: Message) -> dict[str, object]:
    return {
        "at": _at(file, text.created_at),
        "direction": text.direction,
        "from": _sender(file, text),
        "kind": text.kind,
        "body": text.body,
        "state": text.state,
        "delivery": text.status,
        "carrier_id": text.carrier_sid,
        "photos": [_photo_name(file, photo) for photo in file.photos if photo.message_id == text.id],
    }


def _text_lines(file: ClientFile) -> Iterator[str]:
    yield f"{file.client.name}, {file.clinic.name}. Times are {file.clinic.timezone}."
    for text in file.texts:
        left = "" if text.state not in NEVER_LEFT else " (not sent)"
        yield f"{text.created_at.astimezone(file.zone):%Y-%m-%d %H:%M}  {_sender(file, text)}{left}: {text.body}"


def _pdf(file: ClientFile, pictures: dict[int, bytes]) -> bytes:
    head = PdfHead(
        title=file.client.name,
        lines=(
            f"{file.clinic.name}. Number {file.thread.number}. Times are {file.clinic.timezone}.",
            *_visit_lines(file),
        ),
        foot=f"Exported {file.now.astimezone(file.zone):%d %b %Y %H:%M}",
    )
    return write_pdf(head, [_pdf_entry(file, text, pictures) for text in file.texts])


def _visit_lines(file: ClientFile) -> Iterator[str]:
    for entry in reversed(file.visits):
        given = ", ".join(
            " ".join(part for part in (one.product, one.areas) if part) for one in entry.treatments
        )
        cancelled = " (cancelled)" if entry.visit.cancelled_at else ""
        yield f"{entry.visit.local_day:%d %b %Y}: {entry.visit.kind}, {given}{cancelled}"


def _pdf_entry(file: ClientFile, text: Message, pictures: dict[int, bytes]) -> PdfEntry:
    local = text.created_at.astimezone(file.zone)
    mine = [photo for photo in file.photos if photo.message_id == text.id and photo.id in pictures]
    return PdfEntry(
        day=f"{local:%A %d %B %Y}",
        who=f"{_sender(file, text)}, {local:%H:%M}" + (", not sent" if text.state in NEVER_LEFT else ""),
        words=text.body,
        is_ours=text.direction == "outbound",
        photos=tuple(PdfPhoto(pictures[photo.id], photo.caption) for photo in mine),
    )


def _sender(file: ClientFile, text: Message) -> str:
    if text.direction == "inbound":
        return file.client.name if not file.is_shared or text.client_id else "This number"
    return file.staff.get(text.staff_id or 0, file.clinic.name)


def _person(file: ClientFile, by: str) -> str:
    return file.staff.get(int(by), by) if by.isdigit() else by


def _at(file: ClientFile, moment: datetime | None) -> str | None:
    return moment.astimezone(file.zone).isoformat(timespec="seconds") if moment else None
