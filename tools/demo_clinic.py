"""The demo clinic as a picture or a browser test needs it: its invented clients, drawn photos, staff, replies.

Only with the simulated carrier and on a database of its own. Nobody here exists.
"""

import io
from argparse import Namespace
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

import clock
from access.passwords import hash_password
from app import create_app
from carriers.simulated import Picture, SimulatedCarrier
from cli import demo
from cli.desk import Desk
from config import Settings
from deployment import Deployment
from models.alert import Alert
from models.client import Client
from models.clinic import default_number, list_clinics
from models.conversation import Conversation
from models.database import Database
from models.desk import SavedReply
from models.staff import Staff
from scheduler.jobs import collect_photos
from simulator.stepping import settle, step_to

STAFF = (
    ("owner", "Dana Ruiz", "owner"),
    ("clinician", "Kim Alder", "clinician"),
    ("front_desk", "Sam Ortiz", "front_desk"),
)
SAVED = (
    ("After hours", "Thank you for your text. We open again soon and will answer then."),
    ("Come in", "Hi {client_name}, please call {clinic_phone} so that we can find a time for you."),
    ("Ice", "A cool, clean cloth for ten minutes helps. Please do not press on the area."),
)
PASSWORD = "correct horse battery staple"
PHOTO_CLIENT = "Priya Shah"
OPENS_AT_HOUR = 11  # local: a weekday morning, so that texts may leave


@dataclass(frozen=True, slots=True)
class DemoClinic:
    """One app with the demo clinic in it."""

    app: Flask
    clinic_id: int
    staff: dict[str, int]

    @property
    def here(self) -> Deployment:
        found: Deployment = self.app.extensions["deployment"]
        return found

    @property
    def database(self) -> Database:
        return self.here.database

    def thread_of(self, name: str) -> int:
        """The conversation of a client by name."""
        with self.database.read() as session:
            question = select(Client.conversation_id).where(Client.name == name)
            return session.scalars(question).one()

    def client_of(self, name: str) -> int:
        """A client by name."""
        with self.database.read() as session:
            return session.scalars(select(Client.id).where(Client.name == name)).one()

    def number_of(self, name: str) -> str:
        """A client's phone."""
        with self.database.read() as session:
            return session.get_one(Conversation, self.thread_of(name)).number

    def open_alert(self) -> int:
        """The newest alert that is not closed."""
        with self.database.read() as session:
            question = select(Alert.id).where(Alert.closed_at.is_(None)).order_by(Alert.id.desc())
            return session.scalars(question.limit(1)).one()

    def text_in(self, number: str, body: str, pictures: tuple[bytes, ...] = ()) -> None:
        """A phone texts the clinic; whatever is due is answered before this returns."""
        carrier = self.here.carrier
        assert isinstance(carrier, SimulatedCarrier)
        with self.database.read() as session:
            ours = default_number(session, self.clinic_id).number
        carrier.receive(number, ours, body, [Picture(one, "image/jpeg") for one in pictures])
        settle(self.here)
        collect_photos(self.here)

    def move(self, span: timedelta) -> None:
        """Let clinic time pass, living through everything that is due."""
        with self.database.read() as session:
            now = clock.now(session)
        step_to(self.here, now + span)


def open_demo_clinic(settings: Settings, *, with_people: bool = True) -> DemoClinic:
    """The app on a fresh database, filled by the command `demo`, on a weekday morning."""
    desk = Desk(create_app)
    desk.__dict__["settings"] = settings
    _start_on_a_weekday(desk)
    if with_people:
        demo.fill(desk, Namespace(clinic=None))
    app = create_app(settings)
    with desk.database.write() as session:
        clinic_id = list_clinics(session)[0].id
        staff = {key: _enter(session, clinic_id, name, role) for key, name, role in STAFF}
        _keep_saved_replies(session, clinic_id)
    desk.close()
    clinic = DemoClinic(app, clinic_id, staff)
    settle(clinic.here)
    return clinic


def add_photos(clinic: DemoClinic) -> None:
    """A client sends how she looks, twice, some days apart."""
    number = clinic.number_of(PHOTO_CLIENT)
    clinic.text_in(number, "this is how it looks today", (draw_face(tilt=5), draw_face(tilt=4, shade=1)))
    clinic.move(timedelta(days=2))
    clinic.text_in(number, "better now!", (draw_face(tilt=1), draw_face(tilt=0, shade=1)))


def draw_face(*, tilt: int = 0, shade: int = 0) -> bytes:
    """A drawn face with one brow higher by `tilt`; a JPEG."""
    image = Image.new("RGB", (600, 720), ("#dfe7e6", "#e9e2d8")[shade % 2])  # another wall, the same face
    pen = ImageDraw.Draw(image)
    skin, ink = "#d9a988", "#4b3426"
    pen.ellipse((90, 40, 510, 460), fill="#5d4033")
    pen.ellipse((130, 110, 470, 600), fill=skin)
    for side, lift in ((-1, 0), (1, 9 * tilt)):
        x = 300 + side * 82
        pen.ellipse((x - 40, 300, x + 40, 340), fill="white", outline=ink, width=3)
        pen.ellipse((x - 16, 303, x + 16, 337), fill="#47707a")
        pen.arc((x - 56, 235 - lift, x + 56, 315 - lift), 205, 335, fill=ink, width=11)
    pen.arc((268, 350, 332, 430), 30, 150, fill="#a4694b", width=6)
    pen.arc((230, 420, 370, 510), 25, 155, fill="#9c3f45", width=9)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _start_on_a_weekday(desk: Desk) -> None:
    with desk.database.write() as session:
        zone = ZoneInfo(list_clinics(session)[0].timezone)
        clock.advance_to(session, _next_tuesday(clock.now(session), zone))


def _next_tuesday(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    days = (1 - local.weekday()) % 7 or 7
    return (local + timedelta(days=days)).replace(hour=OPENS_AT_HOUR, minute=10, second=0, microsecond=0)


def _enter(session: Session, clinic_id: int, name: str, role: str) -> int:
    person = Staff(
        clinic_id=clinic_id,
        name=name,
        email=f"{name.split()[0].lower()}@clinic.example",
        role=role,
        password_hash=_password_hash(),
        created_at=clock.now(session),
    )
    session.add(person)
    session.flush()
    return person.id


def _keep_saved_replies(session: Session, clinic_id: int) -> None:
    now = clock.now(session)
    session.add_all(
        SavedReply(clinic_id=clinic_id, name=name, body=body, updated_at=now) for name, body in SAVED
    )


def _password_hash() -> str:
    if not _HASHES:
        _HASHES.append(hash_password(PASSWORD))
    return _HASHES[0]


_HASHES: list[str] = []
