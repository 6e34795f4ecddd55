"""The inbox and the claim of the next text in a large clinic, against a small one."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

import clock
from benchmarks.installation import small_installation
from models.client import Client
from models.clinic import default_number, list_clinics
from models.conversation import Conversation
from models.database import Database
from models.message import Message
from models.thread_list import Tab, Viewer, count_threads, list_threads
from scheduler.jobs import make_sender

SMALL, LARGE = 1_000, 20_000
TEXTS_EACH = 5
ROUNDS = 15


def main() -> None:
    """Print both sizes and their ratio."""
    times: dict[str, list[float]] = {}
    with small_installation() as app:
        here = app.extensions["deployment"]
        filled = 0
        for size in (SMALL, LARGE):
            _fill(here.database, first=filled, size=size)
            filled = size
            sender = make_sender(here)
            times[f"inbox {size}"] = [_time(lambda: _look(here.database)) for _ in range(ROUNDS)]
            times[f"claim {size}"] = [_time(sender.deliver_next) for _ in range(ROUNDS)]
    for act in ("inbox", "claim"):
        small, large = (statistics.median(times[f"{act} {size}"]) for size in (SMALL, LARGE))
        print(
            f"{act:6} {SMALL} conversations {small * 1000:7.2f} ms   {LARGE} {large * 1000:7.2f} ms"
            f"   ratio {large / small:5.2f}"
        )


def _look(database: Database) -> None:
    with database.read() as session:
        viewer = Viewer(clinic_id=1, staff_id=1, now=clock.now(session))
        list_threads(session, viewer, Tab.NEEDS_REPLY)
        for tab in (Tab.URGENT, Tab.NEEDS_REPLY, Tab.MINE, Tab.SNOOZED, Tab.NOT_DELIVERED, Tab.REVIEW):
            count_threads(session, viewer, tab)


def _fill(database: Database, *, first: int, size: int) -> None:
    with database.write() as session:
        now = clock.now(session)
        clinic = list_clinics(session)[0]
        number = default_number(session, clinic.id)
        rows = [_conversation(clinic.id, number.id, index, now) for index in range(first + 1, size + 1)]
        session.execute(insert(Conversation), rows)
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
        "id": index,
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


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
