"""Staff work with photos: attach, describe, download, delete, keep a library. Nothing unclean is ever kept.

The views encode pictures outside of a transaction; here files and rows are written together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from desk.records import record
from models.audit import has_audit_since
from models.client import Client, clients_of
from models.conversation import Conversation
from models.desk import Picture
from models.photo import Photo
from models.photo_list import is_in_library, is_on_its_way, pending_photos
from models.staff import Staff
from models.visit import Visit
from photos.sanitise import BYTE_CAP, CleanPicture, PictureRefused, for_sending, sanitise
from photos.store import PhotoStore
from photos.timeline import VIEWS

MOST_ATTACHED = 8  # 8 x 600 KB stay under the 5 MB a message may hold (Twilio, accepted-mime-types page)
LONGEST_CAPTION, LONGEST_NAME = 200, 60
READ_ONCE_PER = timedelta(hours=1)

# What the audit keeps: a code from these lists, never free words.
DOWNLOAD_REASONS = {
    "chart": "For the client's chart",
    "colleague": "A colleague should look at it",
    "client": "The client asked for it",
    "insurer": "For an insurer or a lawyer",
}
DELETE_REASONS = {
    "client": "The client asked for it",
    "wrong_person": "It shows somebody else",
    "unsuitable": "It does not belong here",
    "unusable": "It is of no use: blurred, dark or sent twice",
}


class PhotoError(ValueError):
    """It cannot be done like this. The message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file from somebody's device, as it came."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Belongs:
    """What a new picture belongs to. `state` pending = it waits for a reply to be sent."""

    clinic_id: int
    by: Staff
    state: str = "stored"
    conversation_id: int | None = None
    visit_id: int | None = None
    copied_from_id: int | None = None
    view: str = ""
    caption: str = ""


def clean_uploads(uploads: Iterable[Upload], *, to_send: bool) -> list[CleanPicture]:
    """Every file as a plain JPEG, small enough to send where asked. Raises PhotoError naming the file."""
    chosen = [upload for upload in uploads if upload.name or upload.content]
    if not chosen:
        raise PhotoError("Choose at least one picture first.")
    return [_clean(upload, to_send=to_send) for upload in chosen]


def _clean(upload: Upload, *, to_send: bool) -> CleanPicture:
    try:
        return for_sending(upload.content) if to_send else sanitise(upload.content)
    except PictureRefused as refused:
        cap = BYTE_CAP // (1024 * 1024)
        raise PhotoError(
            f"{upload.name[:60] or 'One file'}: {refused}. Choose a JPEG, PNG or HEIC photo of at most {cap} MB."
        ) from None


def keep_picture(
    session: Session,
    store: PhotoStore,
    picture: CleanPicture,
    belongs: Belongs,
    *,
    now: datetime,
    machine: datetime,
) -> Photo:
    """Write one picture and its file. Raises PhotoError where this computer cannot store it."""
    photo = Photo(
        clinic_id=belongs.clinic_id,
        conversation_id=belongs.conversation_id,
        staff_id=belongs.by.id,
        visit_id=belongs.visit_id,
        copied_from_id=belongs.copied_from_id,
        view=belongs.view if belongs.view in VIEWS else "",
        caption=belongs.caption.strip()[:LONGEST_CAPTION],
        content_type="image/jpeg",
        state=belongs.state,
        byte_count=len(picture.jpeg),
        width=picture.width,
        height=picture.height,
        created_at=now,
        stored_at=machine,
    )
    session.add(photo)
    session.flush()
    try:
        photo.stored_name = store.put(photo.id, picture.jpeg)
    except OSError:
        raise PhotoError("This computer could not store the picture. Is its disk full?") from None
    return photo


def attach(
    session: Session,
    store: PhotoStore,
    thread: Conversation,
    by: Staff,
    pictures: Sequence[tuple[CleanPicture, int | None]],
    *,
    now: datetime,
    machine: datetime,
) -> list[Photo]:
    """Keep pictures for this person's next reply: (picture, the photo it is a copy of). Raises PhotoError."""
    waiting = len(pending_photos(session, conversation_id=thread.id, staff_id=by.id))
    if waiting + len(pictures) > MOST_ATTACHED:
        raise PhotoError(
            f"A text takes at most {MOST_ATTACHED} pictures. Send some now, the others after it."
        )
    return [
        keep_picture(
            session,
            store,
            picture,
            Belongs(thread.clinic_id, by, "pending", thread.id, copied_from_id=original),
            now=now,
            machine=machine,
        )
        for picture, original in pictures
    ]


def detach(photo: Photo) -> str | None:
    """Take a picture off a reply that was not sent. Returns the file to delete after the transaction."""
    if photo.state != "pending":
        return None
    return _forget(photo)


def attached_photos(
    session: Session, thread: Conversation, by: Staff, ids: Sequence[int]
) -> tuple[Photo, ...]:
    """Those of the chosen pictures that wait for this person's reply in this thread."""
    waiting = pending_photos(session, conversation_id=thread.id, staff_id=by.id)
    return tuple(photo for photo in waiting if photo.id in set(ids))


def describe_photo(
    session: Session, photo: Photo, by: Staff, *, visit_id: int | None, view: str, caption: str, now: datetime
) -> None:
    """Place a photo at a visit of its number (None = by its date) and say what it shows. Raises PhotoError."""
    if visit_id is not None and not _is_visit_of(session, photo, visit_id):
        raise PhotoError("That visit is not of this client. Choose one from the list.")
    if len(caption.strip()) > LONGEST_CAPTION:
        raise PhotoError(f"Use at most {LONGEST_CAPTION} characters for the caption.")
    photo.visit_id, photo.caption = visit_id, caption.strip()
    photo.view = view if view in VIEWS else ""
    record(session, by, "describe photo", kind="photo", id=photo.id, now=now)


def visit_of_client(session: Session, client: Client, visit_id: int | None) -> int | None:
    """The chosen visit, if it is this client's. Raises PhotoError for another's."""
    visit = session.get(Visit, visit_id) if visit_id is not None else None
    if visit_id is not None and (visit is None or visit.client_id != client.id):
        raise PhotoError("That visit is not of this client. Choose one from the list.")
    return visit_id


def note_photo_read(session: Session, photo: Photo, by: Staff, now: datetime) -> None:
    """Audit that this person saw this photo, unless the last hour says so already."""
    _note_read(session, by, "read photo", kind="photo", id=photo.id, now=now)


def is_reading_audited(session: Session, photo: Photo, by: Staff, now: datetime) -> bool:
    """Whether the last hour's audit says that this person read the photo, its thread or its client's photos."""
    clients = clients_of(session, photo.conversation_id) if photo.conversation_id else []
    places = [
        ("read photo", "photo", photo.id),
        ("read thread", "conversation", photo.conversation_id or 0),
        *(("read photos", "client", client.id) for client in clients),
    ]
    since, actor = now - READ_ONCE_PER, f"staff:{by.id}"
    return is_in_library(session, photo) or any(
        has_audit_since(session, actor=actor, action=action, object_kind=kind, object_id=row_id, since=since)
        for action, kind, row_id in places
    )


def note_gallery_read(session: Session, client: Client, by: Staff, now: datetime) -> None:
    """The same for all photos of a client."""
    _note_read(session, by, "read photos", kind="client", id=client.id, now=now)


def _note_read(
    session: Session,
    by: Staff,
    action: str,
    *,
    kind: str,
    id: int,  # noqa: A002  (an id, as everywhere)
    now: datetime,
) -> None:
    if not has_audit_since(
        session,
        actor=f"staff:{by.id}",
        action=action,
        object_kind=kind,
        object_id=id,
        since=now - READ_ONCE_PER,
    ):
        record(session, by, action, kind=kind, id=id, now=now)


def note_download(session: Session, photo: Photo, by: Staff, reason: str, now: datetime) -> None:
    """Audit a download with its reason. Raises PhotoError where none was chosen."""
    if reason not in DOWNLOAD_REASONS:
        raise PhotoError("Say why you download it: choose a reason.")
    record(session, by, "download photo", kind="photo", id=photo.id, now=now, note=reason)


def delete_photo(session: Session, photo: Photo, by: Staff, reason: str, now: datetime) -> str | None:
    """Delete a photo for good; its copy at the carrier follows. Returns the file to delete after the transaction.

    Raises PhotoError without a reason, and for a photo that is still needed.
    """
    if reason not in DELETE_REASONS:
        raise PhotoError("Say why you delete it: choose a reason.")
    if is_on_its_way(session, photo):
        raise PhotoError("The text with this picture has not left yet. Undo or settle it first.")
    if is_in_library(session, photo):
        raise PhotoError("This picture belongs to the library. Remove it there.")
    record(session, by, "delete photo", kind="photo", id=photo.id, now=now, note=reason)
    return _forget(photo)


def add_to_library(
    session: Session,
    store: PhotoStore,
    by: Staff,
    name: str,
    picture: CleanPicture,
    *,
    now: datetime,
    machine: datetime,
) -> Picture:
    """A picture every reply can use (ice, do not rub). Raises PhotoError without a name."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise PhotoError(f"Give the picture a name of at most {LONGEST_NAME} characters.")
    photo = keep_picture(session, store, picture, Belongs(by.clinic_id, by), now=now, machine=machine)
    kept = Picture(clinic_id=by.clinic_id, name=name, photo_id=photo.id, added_at=now)
    session.add(kept)
    session.flush()
    record(session, by, "add picture", kind="picture", id=kept.id, now=now)
    return kept


def remove_from_library(session: Session, picture: Picture, by: Staff, now: datetime) -> str | None:
    """Take a picture out of the library; texts that carried it keep their copy. Returns the file to delete."""
    picture.removed_at = now
    record(session, by, "remove picture", kind="picture", id=picture.id, now=now)
    return _forget(session.get_one(Photo, picture.photo_id))


def _forget(photo: Photo) -> str | None:
    name, photo.stored_name = photo.stored_name, None
    photo.state, photo.caption, photo.failure, photo.visit_id = "deleted", "", None, None
    return name


def _is_visit_of(session: Session, photo: Photo, visit_id: int) -> bool:
    visit = session.get(Visit, visit_id)
    if visit is None or visit.clinic_id != photo.clinic_id:
        return False
    client = session.get_one(Client, visit.client_id)
    return client.conversation_id == photo.conversation_id
