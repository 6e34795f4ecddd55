"""The carrier takes texts and its answers are lost, its list fails, its reports work: these alone settle every send.

Nothing is sent twice, and nobody is asked (R2, R8, rows 46-48, 53 and 54).
"""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.message import Attempt, Message
from tests.support.engines import ON_BOTH
from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
TOO_LATE_S = 1.8  # longer than SEND_TIMEOUT_S of a Stand
WAYS: tuple[dict[str, Any], ...] = (
    {"do": "accept_reset"},
    {"do": "accept_close"},
    {"do": "accept_error", "status": 500},
    {"do": "accept_error", "status": 502},
    {"do": "accept_error", "status": 503},
    {"do": "accept_stall", "seconds": TOO_LATE_S},
    {"do": "stall_accept", "seconds": TOO_LATE_S},
    {"do": "drip_body", "seconds": 0.05},
    {"do": "drip_head", "seconds": 0.05},
    {"do": "junk"},
    {"do": "no_sid"},
)
EARLY = number_of_client(900)
NUMBERS = [number_of_client(place) for place in range(2 * len(WAYS))]
REPORTS = ("sent", "delivered")
# A person is asked by the second look-up: after the grace and this. Reports that come later are late on purpose.
SPACING_S = 30
SPANS = {"LOOKUP_SPACING_S": str(SPACING_S)}
ASKED_AFTER_S = 2.5 + SPACING_S
A_DOUBLE_SHOWS_AFTER_S = 6


@ON_BOTH
def test_reports_that_come_at_once_settle_every_lost_answer(tmp_path: Path, stand_url: str | None) -> None:
    with stand(tmp_path, stand_url, auto_report=",".join(REPORTS), **SPANS) as here:
        lose_every_answer(here)
        check_settled(here)


@ON_BOTH
def test_reports_that_come_after_the_list_has_failed_settle_every_unknown_send(
    tmp_path: Path, stand_url: str | None
) -> None:
    with stand(tmp_path, stand_url, **SPANS) as here:
        lose_every_answer(here)
        here.wait(lambda: asked_in_vain(here) == len(NUMBERS), "the list to be asked about each", 20)
        report_all(here)
        check_settled(here)


def lose_every_answer(here: Stand) -> None:
    """Each phone is owed one text; the carrier takes it and does not say so."""
    for command in ["run"] if here.database.is_sqlite else ["web", "worker"]:
        here.start(command)
    here.wait(here.is_ready, "all to be ready")
    wait_until_caught_up(here)
    here.control("settings", {"list_mode": "500"})
    here.control("script", [{**way, "to": number} for number, way in zip(NUMBERS, 2 * WAYS, strict=True)])
    here.treat(list(here.enrol(NUMBERS).values()))
    here.wait(lambda: here.phones_reached() >= set(NUMBERS), "the carrier to have every text")


def wait_until_caught_up(here: Stand) -> None:
    """Until what was missed is fetched nothing leaves; this one does."""
    here.treat(list(here.enrol([EARLY]).values()))
    here.wait(lambda: EARLY in here.phones_reached(), "a first text to leave")
    report_all(here)


def asked_in_vain(here: Stand) -> int:
    """How many sends are unknown although the carrier's list was asked about them."""
    with here.database.read() as session:
        tries = session.query(Attempt).join(Message, Message.id == Attempt.message_id)
        unknown = tries.filter(Message.state == "unknown").all()
    return sum(was_asked_about(each) for each in unknown)


def was_asked_about(attempt: Attempt) -> bool:
    """A list that failed puts the next look-up off; the first one is due after the grace."""
    look_at = attempt.next_lookup_at
    return look_at is not None and look_at - attempt.intent_at > timedelta(seconds=SPACING_S)


def report_all(here: Stand) -> None:
    """The carrier reports what became of every text it took."""
    for taken in here.control("accepted"):
        for status in REPORTS:
            assert here.control("report", {"sid": taken["sid"], "status": status}) == 204


def check_settled(here: Stand) -> None:
    """Each text is at its phone once, we know it before a person would be asked, and nobody is."""
    here.wait(lambda: delivered(here) == len(NUMBERS) + 1, "every text to be delivered", ASKED_AFTER_S)
    time.sleep(A_DOUBLE_SHOWS_AFTER_S)
    assert violations(here.accepted(), owed=dict.fromkeys([EARLY, *NUMBERS], 1)) == []
    assert here.phones_in_review() == set()
    assert delivered(here) == len(NUMBERS) + 1
    print(f"{len(NUMBERS)} of {len(NUMBERS)} unknown sends settled by reports alone")


def delivered(here: Stand) -> int:
    with here.database.read() as session:
        return session.query(Message).filter_by(state="sent", status="delivered").count()
