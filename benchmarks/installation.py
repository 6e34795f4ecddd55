"""Installations for benchmarks and long tests: a small one in a temporary folder, and a clinic's history."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

import clock
from app import create_app
from cli.desk import bring_up
from config import ensure_keys, load_settings
from models.client import Client
from models.clinic import default_number, list_clinics
from models.conversation import Conversation
from models.database import Database
from models.message import Message

TEXTS_EACH = 5


@contextmanager
def small_installation() -> Iterator[Flask]:
    """An application on a new SQLite file; gone afterwards."""
    with TemporaryDirectory(prefix="aftercare-bench-") as folder:
        settings = ensure_keys(load_settings({"DATA_DIR": str(Path(folder) / "var")}))
        database = Database(settings.database_url)
        bring_up(database, settings)
        database.close()
        app = create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app
        app.extensions["deployment"].close()


def fill_with_history(database: Database, *, first: int, size: int) -> None:
    """Conversations `first` + 1 to `size` of the first clinic, a client and TEXTS_EACH texts in each; some wait."""
    with database.write() as session:
        now = clock.now(session)
        clinic = list_clinics(session)[0]
        number = default_number(session, clinic.id)
        rows = [_conversation(clinic.id, number.id, index, now) for index in range(first + 1, size + 1)]
        numbered = insert(Conversation).returning(Conversation.id, sort_by_parameter_order=True)
        for row, conversation_id in zip(rows, session.scalars(numbered, rows).all(), strict=True):
            row["id"] = conversation_id
        session.execute(insert(Client), [_client(row, now) for row in rows])
        _fill_texts(session, rows, number.id, now)


def _fill_texts(session: Session, rows: list[dict[str, object]], number_id: int, now: datetime) -> None:
    for start in range(0, len(rows), 2000):
        texts = [_text(row, number_id, now) for row in rows[start : start + 2000] for _ in range(TEXTS_EACH)]
        session.execute(insert(Message), texts)


def _conversation(clinic_id: int, number_id: int, index: int, now: datetime) -> dict[str, object]:
    waits = index % 50 == 0
    at = now - timedelta(minutes=index)
    return {
        "clinic_id": clinic_id,
        "number": f"+1573{index:07d}",
        "sender_kind": "phone",
        "clinic_number_id": number_id,
        "created_at": at,
        "status": "open",
        "last_message_at": at,
        "waiting_since": at if waits else None,
        "waiting_urgency": "normal" if waits else None,
    }


def _client(row: dict[str, object], now: datetime) -> dict[str, object]:
    return {
        "clinic_id": row["clinic_id"],
        "conversation_id": row["id"],
        "name": f"Client {row['id']}",
        "language": "en",
        "do_not_promote": False,
        "created_at": now,
    }


def _text(row: dict[str, object], number_id: int, now: datetime) -> dict[str, object]:
    return {
        "clinic_id": row["clinic_id"],
        "conversation_id": row["id"],
        "clinic_number_id": number_id,
        "their_number": row["number"],
        "direction": "inbound",
        "kind": "faq",
        "purpose": "care",
        "body": "A question about the days after a visit.",
        "media_urls": [],
        "reason": {},
        "created_at": now,
        "state": "received",
        "priority": 9,
        "tries": 0,
        "resent": 0,
    }
