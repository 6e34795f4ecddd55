"""What the pages of photos show: each photo with who, when and which day; a client's photos by visit. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic_time.local_time import local_day
from dashboard.client_desk import Desk
from models.client import Client, clients_of
from models.photo import Photo
from models.photo_list import SentPhoto, describe_sent, photos_of_client, visits_of_numbers
from models.thread import staff_names
from models.visit import Visit
from photos.timeline import PlacedShot, Shot, VisitDay, default_pair, group_by_visit, place


@dataclass(frozen=True, slots=True)
class Frame:
    """One photo as a page shows it. `day` = local days since its visit."""

    photo: Photo
    at: datetime
    sender: str
    visit: Visit | None
    day: int | None

    @property
    def day_words(self) -> str:
        """ "Day 14", "5 days before", or nothing."""
        if self.day is None:
            return ""
        if self.day >= 0:
            return f"Day {self.day}"
        return f"{-self.day} day{'' if self.day == -1 else 's'} before"


@dataclass(frozen=True, slots=True)
class VisitFrames:
    """One visit's photos, oldest first; `visit` None = without a visit."""

    visit: Visit | None
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """A client's photos. `pair` = what compare shows unless told otherwise."""

    client: Client
    groups: tuple[VisitFrames, ...]
    pair: tuple[int, int] | None
    visits: tuple[Visit, ...]

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All photos, oldest first."""
        found = [frame for group in self.groups for frame in group.frames]
        return tuple(sorted(found, key=lambda frame: (frame.at, frame.photo.id)))


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photo's page. `visits` can be chosen for it, with whose they are."""

    frame: Frame
    clients: tuple[Client, ...]
    owner: Client | None
    visits: tuple[tuple[Visit, Client], ...]
    before: int | None
    after: int | None


def gather_gallery(desk: Desk, client: Client) -> Gallery:
    """A client's photos by visit, the newest visit first."""
    return _gallery(desk.session, client, ZoneInfo(client.timezone or desk.clinic.timezone))


def gather_photo(desk: Desk, photo: Photo) -> PhotoView:
    """One photo, its place and its neighbours among its client's stored photos."""
    session, zone = desk.session, desk.zone
    clients = tuple(clients_of(session, photo.conversation_id)) if photo.conversation_id else ()
    visits = visits_of_numbers(session, [photo.conversation_id]) if photo.conversation_id else []
    sent = describe_sent(session, photo)
    owner = _owner(photo, sent, clients, visits)
    if owner is not None:
        gallery = _gallery(session, owner, ZoneInfo(owner.timezone or desk.clinic.timezone))
        frames = [frame for frame in gallery.frames if frame.photo.state == "stored"]
        position = next((n for n, frame in enumerate(frames) if frame.photo.id == photo.id), None)
        if position is not None:
            before = frames[position - 1].photo.id if position else None
            after = frames[position + 1].photo.id if position + 1 < len(frames) else None
            return PhotoView(frames[position], clients, owner, tuple(visits), before, after)
    names = staff_names(session, photo.clinic_id)
    who = owner.name if owner else "Client"
    placed = place(_shot(sent, zone), [_day_of(visit) for visit, _ in visits])
    by_id = {visit.id: visit for visit, _ in visits}
    frame = _frame(sent, placed, by_id, names, who)
    return PhotoView(frame, clients, owner, tuple(visits), None, None)


def _gallery(session: Session, client: Client, zone: ZoneInfo) -> Gallery:
    sent = {one.photo.id: one for one in photos_of_client(session, client)}
    theirs = [
        visit
        for visit, owner in visits_of_numbers(session, [client.conversation_id])
        if owner.id == client.id
    ]
    by_id = {visit.id: visit for visit in theirs}
    names = staff_names(session, client.clinic_id)
    groups = group_by_visit([_shot(one, zone) for one in sent.values()], [_day_of(visit) for visit in theirs])
    stored = group_by_visit(
        [_shot(one, zone) for one in sent.values() if _can_be_compared(one)],
        [_day_of(visit) for visit in theirs],
    )
    pair = default_pair(stored)
    return Gallery(
        client=client,
        groups=tuple(
            VisitFrames(
                by_id.get(group.visit.visit_id) if group.visit else None,
                tuple(_frame(sent[one.shot.photo_id], one, by_id, names, client.name) for one in group.shots),
            )
            for group in groups
        ),
        pair=(pair[0].shot.photo_id, pair[1].shot.photo_id) if pair else None,
        visits=tuple(theirs),
    )


def _can_be_compared(sent: SentPhoto) -> bool:
    """A picture we texted shows ice or a guide, not how the client looks."""
    was_texted_by_us = sent.is_ours and sent.photo.message_id is not None
    return sent.photo.state == "stored" and not was_texted_by_us


def _owner(
    photo: Photo, sent: SentPhoto, clients: Sequence[Client], visits: Sequence[tuple[Visit, Client]]
) -> Client | None:
    """Whose photo it is: by its visit, by its text, or because only one person has this number."""
    by_visit = next((client for visit, client in visits if visit.id == photo.visit_id), None)
    by_text = next((client for client in clients if client.id == sent.client_id), None)
    alone = clients[0] if len(clients) == 1 else None
    return by_visit or by_text or alone


def _shot(sent: SentPhoto, zone: ZoneInfo) -> Shot:
    photo = sent.photo
    return Shot(photo.id, sent.at, local_day(sent.at, zone), photo.visit_id, photo.view)


def _day_of(visit: Visit) -> VisitDay:
    return VisitDay(visit.id, visit.client_id, visit.local_day)


def _frame(
    sent: SentPhoto, placed: PlacedShot, visits: dict[int, Visit], names: dict[int, str], client_name: str
) -> Frame:
    sender = names.get(sent.staff_id or 0, "Clinic") if sent.is_ours else client_name
    visit = visits.get(placed.visit.visit_id) if placed.visit else None
    return Frame(sent.photo, sent.at, sender, visit, placed.day)
