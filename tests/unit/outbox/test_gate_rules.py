"""The gate's rules one by one, their order, and who is exempt from STOP."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outbox.facts import (
    AnsweredText,
    Holds,
    PhoneFacts,
    Recipient,
    SendFacts,
    ThreadFacts,
)
from outbox.kinds import POLICIES, Kind
from outbox.refusals import HOLDS, Allowed, Refusal, Refused
from outbox.rules import decide
from tests.support.send_facts import (
    ALERT,
    ANSWER,
    CARE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    NOTHING,
    PROMO,
    REMINDER,
    STAFF,
    STAFF_ACK,
    STOPPED,
    answer_to,
    with_reminder,
    with_thread,
)

ALLOWED = {
    "a reminder with consent, live, inside its window": REMINDER,
    "an answer to the client's own text without any consent record": ANSWER,
    "a promotional reminder with promotional consent": PROMO,
    "an alert to an on-call phone": ALERT,
    "an alert while the phone is stopped": replace(ALERT, phone=PhoneFacts(True, has_stopped=True)),
    "an alert on a blocked pair is tried all the same": replace(
        ALERT, phone=PhoneFacts(True, is_blocked=True)
    ),
    "an acknowledgement to a staff phone": STAFF_ACK,
    "a person writing to somebody who wrote": STAFF,
    "a person writing with consent on file": with_thread(STAFF, consent=CARE, client_has_written=False),
    "the STOP confirmation": answer_to(Kind.OPT_OUT, at=NOON - MINUTE),
    "the answer to START": answer_to(Kind.OPT_IN),
    "the answer to HELP after STOP": answer_to(Kind.HELP),
    "the emergency instruction after STOP": answer_to(Kind.RED_FLAG),
    "the emergency instruction to a red flag before STOP": answer_to(Kind.RED_FLAG, at=NOON - HOUR),
    "the emergency instruction on a blocked pair": with_thread(answer_to(Kind.RED_FLAG), is_blocked=True),
    "the emergency instruction in a paused conversation": with_thread(
        answer_to(Kind.RED_FLAG), is_paused=True
    ),
    "the emergency instruction while automatic texts are held": replace(
        answer_to(Kind.RED_FLAG), holds=Holds(restore_wait="x", automatic="x")
    ),
    "an answer while automatic texts are held": replace(ANSWER, holds=Holds(restore_wait="x", automatic="x")),
    "an answer while an alert is open": with_thread(ANSWER, has_open_alert=True),
    "HELP right after a person wrote": with_thread(answer_to(Kind.HELP, consent=CARE), person_wrote_at=NOON),
    "a question's answer although caps are reached": with_thread(
        replace(ANSWER, kind=Kind.QUESTION), recent_replies=(NOON,) * 12
    ),
    "a fifth reply": with_thread(ANSWER, recent_replies=(NOON,) * 4),
    "a sixth reply when the others are ten minutes old": with_thread(
        ANSWER, recent_replies=(NOON - 10 * MINUTE,) * 5
    ),
    "a reply 30 minutes after a person wrote": with_thread(ANSWER, person_wrote_at=NOON - 30 * MINUTE),
    "a promotion 120 days after a red flag": with_thread(PROMO, red_flag_at=NOON - 120 * DAY),
    "a picture without words": replace(STAFF, body="", has_media=True),
    "a body of 1600 characters": replace(ANSWER, body="x" * 1600),
    "the text after the visit until 21:00 that evening": with_reminder(
        REMINDER, leaves_until=NOON + 9 * HOUR, latest=NOON + DAY
    ),
}


@pytest.mark.parametrize("facts", ALLOWED.values(), ids=ALLOWED)
def test_may_leave(facts: SendFacts) -> None:
    assert isinstance(decide(facts, NOON), Allowed)


REFUSED: dict[str, tuple[SendFacts, Refusal]] = {
    "erased, even an emergency": (with_thread(answer_to(Kind.RED_FLAG), is_erased=True), Refusal.ERASED),
    "a short code": (replace(ANSWER, recipient=Recipient.SHORT_CODE), Refusal.NOT_A_PHONE),
    "a sender with a name": (replace(ANSWER, recipient=Recipient.ALPHANUMERIC), Refusal.NOT_A_PHONE),
    "one of our own numbers": (replace(ANSWER, recipient=Recipient.OURS), Refusal.OUR_OWN_NUMBER),
    "an alert to a stranger": (replace(ALERT, phone=PhoneFacts(is_staff=True)), Refusal.NOT_ON_CALL),
    "an acknowledgement to a stranger": (replace(STAFF_ACK, phone=PhoneFacts()), Refusal.NOT_STAFF),
    "no words": (replace(ANSWER, body=" \n"), Refusal.EMPTY),
    "too many words": (replace(ANSWER, body="x" * 1601), Refusal.TOO_LONG),
    "a reminder after STOP": (with_thread(REMINDER, consent=STOPPED), Refusal.STOPPED),
    "an answer after STOP": (with_thread(ANSWER, consent=STOPPED), Refusal.STOPPED),
    "a person's reply after STOP": (with_thread(STAFF, consent=STOPPED), Refusal.STOPPED),
    "a question's answer after STOP": (
        with_thread(replace(ANSWER, kind=Kind.QUESTION), consent=STOPPED),
        Refusal.STOPPED,
    ),
    "an acknowledgement to a stopped on-call phone": (
        replace(STAFF_ACK, phone=PhoneFacts(is_on_call=True, has_stopped=True)),
        Refusal.STOPPED,
    ),
    "emergency words that answer nothing, after STOP": (
        replace(answer_to(Kind.RED_FLAG), answered=None),
        Refusal.STOPPED,
    ),
    "emergency words that answer an ordinary text, after STOP": (
        replace(answer_to(Kind.RED_FLAG), answered=AnsweredText("faq", NOON)),
        Refusal.STOPPED,
    ),
    "HELP asked before STOP": (answer_to(Kind.HELP, at=NOON - 2 * MINUTE), Refusal.STOPPED),
    "START texted before STOP": (answer_to(Kind.OPT_IN, at=NOON - 2 * MINUTE), Refusal.STOPPED),
    "a STOP confirmation where nothing is stopped": (
        answer_to(Kind.OPT_OUT, consent=CARE),
        Refusal.NOT_STOPPED,
    ),
    "a second STOP confirmation": (
        with_thread(answer_to(Kind.OPT_OUT), stop_confirmed=True),
        Refusal.STOP_CONFIRMED_ALREADY,
    ),
    "a STOP confirmation after five minutes": (
        with_thread(answer_to(Kind.OPT_OUT), consent=replace(STOPPED, stopped_at=NOON - 6 * MINUTE)),
        Refusal.STOP_TOO_LONG_AGO,
    ),
    "a pair the carrier blocks": (with_thread(ANSWER, is_blocked=True), Refusal.CARRIER_BLOCK),
    "a paused conversation": (with_thread(ANSWER, is_paused=True), Refusal.PAUSED),
    "a reminder without consent": (with_thread(REMINDER, consent=NOTHING), Refusal.NO_CARE_CONSENT),
    "a reminder without a conversation": (replace(REMINDER, thread=None), Refusal.NO_CARE_CONSENT),
    "the enrolment's confirmation without consent": (
        replace(REMINDER, kind=Kind.CONSENT, thread=ThreadFacts(consent=NOTHING), reminder=None),
        Refusal.NO_CARE_CONSENT,
    ),
    "an automatic text that answers nothing": (replace(ANSWER, answered=None), Refusal.NO_CARE_CONSENT),
    "a person writing to a stranger": (
        with_thread(STAFF, client_has_written=False),
        Refusal.NO_CARE_CONSENT,
    ),
    "a promotion on care consent": (with_thread(PROMO, consent=CARE), Refusal.NO_PROMO_CONSENT),
    "a promotion against a mark": (with_thread(PROMO, do_not_promote=True), Refusal.DO_NOT_PROMOTE),
    "a promotion 119 days after a red flag": (
        with_thread(PROMO, red_flag_at=NOON - 119 * DAY),
        Refusal.RED_FLAG_RECENTLY,
    ),
    "a cancelled visit": (with_reminder(REMINDER, visit_cancelled=True), Refusal.VISIT_CANCELLED),
    "a replaced step": (
        with_reminder(REMINDER, is_live=False, status="cancelled"),
        Refusal.REMINDER_CLOSED,
    ),
    "a step past its latest moment": (with_reminder(REMINDER, latest=NOON), Refusal.EXPIRED),
    "an answer past its use": (replace(ANSWER, useful_until=NOON), Refusal.EXPIRED),
    "a step before its earliest moment": (with_reminder(REMINDER, earliest=NOON + MINUTE), Refusal.TOO_EARLY),
    "a text kept for later": (replace(ANSWER, send_after=NOON + MINUTE), Refusal.TOO_EARLY),
    "sending stopped": (
        replace(answer_to(Kind.RED_FLAG), holds=Holds(sending_stopped="x")),
        Refusal.SENDING_STOPPED,
    ),
    "a reminder after a restore": (replace(REMINDER, holds=Holds(restore_wait="x")), Refusal.RESTORE_WAIT),
    "a reminder under the brake": (replace(REMINDER, holds=Holds(automatic="x")), Refusal.AUTOMATIC_HOLD),
    "a reminder while an alert is open": (with_thread(REMINDER, has_open_alert=True), Refusal.OPEN_ALERT),
    "an answer after a person wrote": (
        with_thread(ANSWER, person_wrote_at=NOON - 29 * MINUTE),
        Refusal.PERSON_WROTE,
    ),
    "a sixth reply in ten minutes": (
        with_thread(ANSWER, recent_replies=(NOON - 9 * MINUTE,) * 5),
        Refusal.TOO_MANY_REPLIES,
    ),
    "a thirteenth reply in a day": (
        with_thread(ANSWER, recent_replies=(NOON - HOUR,) * 12),
        Refusal.TOO_MANY_REPLIES_TODAY,
    ),
}


@pytest.mark.parametrize(("facts", "code"), REFUSED.values(), ids=REFUSED)
def test_may_not_leave(facts: SendFacts, code: Refusal) -> None:
    verdict = decide(facts, NOON)
    assert isinstance(verdict, Refused)
    assert verdict.code is code
    assert verdict.note


def test_every_refusal_has_a_case() -> None:
    window_cases = {Refusal.OUTSIDE_WINDOW, Refusal.NO_WINDOW_LEFT}
    assert {code for _, code in REFUSED.values()} | window_cases == set(Refusal)


def test_codes_stand_in_the_order_of_the_rules() -> None:
    """Each refusal wins over all later ones: pile up what is wrong from the end and the code moves forward."""
    order = list(Refusal)
    worst = with_thread(REMINDER, consent=STOPPED, is_erased=True, is_blocked=True, is_paused=True)
    fixes = (
        {"is_erased": False},
        {"consent": CARE},
        {"is_blocked": False},
        {"is_paused": False},
    )
    codes = []
    for fix in fixes:
        verdict = decide(worst, NOON)
        assert isinstance(verdict, Refused)
        codes.append(order.index(verdict.code))
        worst = with_thread(worst, **fix)
    assert codes == sorted(codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind in POLICIES])
def test_only_listed_kinds_pass_a_stop(kind: Kind) -> None:
    """CONTRACT R3: the confirmation, the answers to START and HELP, the emergency instruction; and alerts to us."""
    facts = replace(answer_to(kind), phone=PhoneFacts(is_on_call=True, is_staff=True))
    passes = {Kind.OPT_OUT, Kind.OPT_IN, Kind.HELP, Kind.RED_FLAG, Kind.ALERT}
    verdict = decide(facts, NOON)
    assert isinstance(verdict, Allowed) == (kind in passes)


def test_a_refusal_that_is_only_early_says_until_when() -> None:
    verdict = decide(with_reminder(REMINDER, earliest=NOON + MINUTE), NOON)
    assert verdict == Refused(Refusal.TOO_EARLY, "not before 3 March, 12:01", NOON + MINUTE)


def test_holds_are_neither_final_nor_dated() -> None:
    verdict = decide(replace(REMINDER, holds=Holds(automatic="held")), NOON)
    assert isinstance(verdict, Refused)
    assert (verdict.is_final, verdict.until, verdict.code in HOLDS) == (False, None, True)


def test_a_note_names_the_day_of_the_opt_out_in_the_clients_zone() -> None:
    stopped_at = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)  # 3 May, 21:00 in Chicago
    facts = with_thread(REMINDER, consent=replace(STOPPED, stopped_at=stopped_at))
    verdict = decide(facts, NOON)
    assert isinstance(verdict, Refused)
    assert verdict.note == "opted out on 3 May 2026"
