"""An installation behind its front door, and webhooks signed for it as the carrier signs them. For tests only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from app import create_app
from carriers.twilio_signature import sign_webhook
from config import Settings
from deployment import Deployment
from desk.first_clinic import enter_installation
from models.message import InboundReceipt, Message, StatusEvent
from tests.support.engines import open_test_database
from tests.support.factories import NOON
from tests.support.line import quieten_log
from tests.support.twilio_webhooks import Fields, inbound_fields

FORM = "application/x-www-form-urlencoded"
INBOUND = "/webhooks/sms"
STATUS = "/webhooks/sms/status"


@dataclass(frozen=True)
class FrontDoor:
    """The web application of one installation."""

    app: Flask
    settings: Settings

    @property
    def here(self) -> Deployment:
        """What the application serves."""
        found: Deployment = self.app.extensions["deployment"]
        return found

    def sign(self, path: str, fields: Sequence[tuple[str, str]], *, url: str | None = None) -> str:
        """The carrier's signature for a path of ours (or for another URL)."""
        url = self.settings.public_url.rstrip("/") + path if url is None else url
        return sign_webhook(url=url, fields=fields, secret=self.settings.secret_key)

    def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        signature: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> TestResponse:
        """One webhook; signed as the carrier does unless a signature is given."""
        signature = self.sign(path, fields) if signature is None else signature
        all_headers = [("X-Twilio-Signature", signature), *headers]
        return Client(self.app).post(
            path, data=urlencode(list(fields)), content_type=FORM, headers=all_headers
        )

    def text(self, body: str = "hello", **values: object) -> Fields:
        """The fields of an inbound text to this installation's clinic."""
        from_number = str(values.pop("from_number", "+15735550142"))
        to_number = str(values.pop("to_number", self.settings.clinic_number))
        return inbound_fields(from_number, to_number, body, **values)  # type: ignore[arg-type]

    def counts(self) -> tuple[int, int, int]:
        """How many texts, receipts and delivery reports are on file."""
        with self.here.database.read() as session:
            tables = (Message, InboundReceipt, StatusEvent)
            found = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return found[0], found[1], found[2]

    def inbound(self) -> list[Message]:
        """The texts that came in."""
        with self.here.database.read() as session:
            question = select(Message).where(Message.direction == "inbound").order_by(Message.id)
            return list(session.scalars(question))


def open_front_door(settings: Settings) -> FrontDoor:
    """A fresh installation with the demo clinic, ready for webhooks."""
    quieten_log()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_test_database(settings.data_dir, "aftercare.db")
    settings = replace(settings, database_url=database.url)
    door = FrontDoor(create_app(settings), settings)
    with door.here.database.write() as session:
        enter_installation(session, settings, NOON)
    return door


def changed(fields: Fields, **values: str | None) -> Fields:
    """The fields with some replaced, or left out where None."""
    kept = [(name, values.get(name, value)) for name, value in fields]
    return [(name, value) for name, value in kept if value is not None]
