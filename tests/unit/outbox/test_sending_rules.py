"""The small pure rules of sending: states move forward, the list is read with care, codes are readable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from carriers.base import CarrierMessage
from messages.catalogue import load_pack
from outbox.alarm import free_code
from outbox.kinds import POLICIES, Kind, Priority, WhenUnknown, when_unknown
from outbox.load_facts import AT_ONCE_STEP, AT_ONCE_UNTIL, AT_ONCE_WITHIN
from outbox.matching import TRIAL_PREFIX, Sought, body_hash, matching
from outbox.status import FINAL, RANKS, moves_forward
from outbox.timing import Spans

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
OURS, THEIRS = "+15735550100", "+15735550142"

SOUGHT = Sought(
    to_number=THEIRS,
    body_hash=body_hash("Yes."),
    segments=1,
    intent_at=NOON,
    our_numbers=frozenset({OURS}),
    our_services=frozenset({"MG1"}),
)
LISTED = CarrierMessage("SM1", "outbound-api", OURS, THEIRS, "Yes.", "sent", NOON + SECOND, segments=1)

MATCHES = {
    "our number, our words": (LISTED, True),
    "ten minutes before the intent": (replace(LISTED, created_at=NOON - 10 * MINUTE), True),
    "earlier": (replace(LISTED, created_at=NOON - 10 * MINUTE - SECOND), False),
    "after now": (replace(LISTED, created_at=NOON + 3 * MINUTE), False),
    "redacted, as many segments": (replace(LISTED, body=""), True),
    "redacted, more segments": (replace(LISTED, body="", segments=2), False),
    "redacted, segments unknown": (replace(LISTED, body="", segments=None), True),
    "other words": (replace(LISTED, body="No."), False),
    "a trial account's words": (replace(LISTED, body=TRIAL_PREFIX + "Yes."), True),
    "from somebody else": (replace(LISTED, from_number="+15735550111"), False),
    "through our service, no number yet": (
        replace(LISTED, from_number="", messaging_service_sid="MG1"),
        True,
    ),
    "to somebody else": (replace(LISTED, to_number="+15735550143"), False),
    "a text we received": (replace(LISTED, direction="inbound"), False),
    "known as another try": (replace(LISTED, sid="SM2"), False),
}


@pytest.mark.parametrize(("listed", "is_found"), MATCHES.values(), ids=MATCHES)
def test_a_try_is_found_in_the_carriers_list(listed: CarrierMessage, is_found: bool) -> None:
    found = matching(
        SOUGHT,
        [listed],
        taken={"SM2"},
        machine=NOON + 2 * MINUTE,
        offset=timedelta(),
        look_back=10 * MINUTE,
    )
    assert bool(found) == is_found


@pytest.mark.parametrize("offset", [timedelta(hours=-1), timedelta(minutes=5)])
def test_the_window_is_in_the_carriers_time(offset: timedelta) -> None:
    listed = replace(LISTED, created_at=LISTED.created_at + offset)
    terms = {"taken": (), "machine": NOON + 2 * MINUTE, "look_back": 2 * MINUTE}
    assert matching(SOUGHT, [listed], offset=offset, **terms)  # type: ignore[arg-type]
    assert not matching(SOUGHT, [listed], offset=timedelta(), **terms)  # type: ignore[arg-type]


def test_several_matches_come_oldest_first() -> None:
    younger = replace(LISTED, sid="SM3", created_at=NOON + MINUTE)
    found = matching(
        SOUGHT,
        [younger, LISTED],
        taken=(),
        machine=NOON + 2 * MINUTE,
        offset=timedelta(),
        look_back=MINUTE,
    )
    assert [message.sid for message in found] == ["SM1", "SM3"]


@pytest.mark.parametrize("order", tuple(permutations(("queued", "sending", "sent", "delivered"))))
def test_whatever_the_order_of_reports_the_highest_stands(order: tuple[str, ...]) -> None:
    state: str | None = None
    for report in order:
        state = report if moves_forward(state, report) else state
    assert state == "delivered"


@pytest.mark.parametrize("before", FINAL)
@pytest.mark.parametrize("after", [status for status in RANKS if status != "read"])
def test_a_final_state_stands(before: str, after: str) -> None:
    assert not moves_forward(before, after)


@pytest.mark.parametrize(
    ("before", "after", "forward"),
    [
        (None, "queued", True),
        ("delivered", "read", True),
        ("undelivered", "read", False),
        ("sent", "something_new", False),
        ("something_new", "sent", True),
    ],
)
def test_unknown_words_and_read_receipts(before: str | None, after: str, forward: bool) -> None:
    assert moves_forward(before, after) == forward


def test_codes_are_a_letter_and_a_digit_while_there_are_any() -> None:
    taken: set[str] = set()
    for _ in range(19 * 6):
        taken.add(free_code(taken))
    assert all(len(code) == 2 for code in taken)
    assert len(taken) == 19 * 6
    assert len(free_code(taken)) == 3
    assert not set("".join(taken)) & set("BILOQSZ0158")


def test_every_outgoing_kind_has_a_policy() -> None:
    assert set(POLICIES) == set(Kind) - {Kind.COURTESY}


def test_what_a_lost_answer_leads_to() -> None:
    """RULES 7, the table of kinds."""
    expected = dict.fromkeys(POLICIES, WhenUnknown.LOOK_UP) | {
        Kind.RED_FLAG: WhenUnknown.RESEND,
        Kind.ALERT: WhenUnknown.RESEND,
        Kind.OPT_OUT: WhenUnknown.NEVER,
        Kind.STAFF: WhenUnknown.REVIEW,
    }
    assert {kind: when_unknown(kind, has_media=False) for kind in POLICIES} == expected


def test_anything_with_a_picture_goes_to_a_person() -> None:
    assert when_unknown(Kind.FAQ, has_media=True) is WhenUnknown.REVIEW


def test_urgent_comes_first_and_reminders_last() -> None:
    order = [POLICIES[kind].priority for kind in (Kind.ALERT, Kind.FAQ, Kind.STAFF, Kind.REMINDER)]
    assert order == [Priority.URGENT, Priority.REPLY, Priority.STAFF, Priority.REMINDER]


def test_the_text_right_after_a_visit_keeps_to_the_plan() -> None:
    rule = load_pack().plan.step(AT_ONCE_STEP)
    assert rule.immediate_until_hour == AT_ONCE_UNTIL.hour
    assert rule.immediate_if_enrolled_within_hours == AT_ONCE_WITHIN / timedelta(hours=1)


@pytest.mark.parametrize(
    "spans", [{"grace": timedelta(seconds=15)}, {"lease": timedelta(seconds=15)}], ids=str
)
def test_spans_that_could_send_twice_are_refused(spans: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match=r"grace|lease"):
        Spans(**spans)
