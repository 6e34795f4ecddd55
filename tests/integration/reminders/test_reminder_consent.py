"""No step without consent: care and promotion apart, STOP and START."""

from sqlalchemy.orm import Session

from models.client import Client
from models.clinic import Clinic
from models.conversation import Conversation
from scheduler import reminders
from scheduler.closing import NO_CARE_CONSENT, NO_PROMO_CONSENT
from scheduler.follow_up import ask_in_person
from tests.support.chicago import local
from tests.support.factories import make_client, make_consent, make_conversation
from tests.support.planned_visits import RULES, due, steps_of, tick, treat


def test_client_without_promo_consent_is_asked_in_person(session: Session, clinic: Clinic) -> None:
    conversation = make_conversation(session, clinic, number="+15735550143")
    make_consent(session, conversation, scope="care")
    client = make_client(session, conversation, name="Cleo")
    planned = treat(session, client, "2026-05-05T14:00")

    before = ask_in_person(session, clinic_id=clinic.id, now=local("2026-08-05T09:00"))
    after = ask_in_person(session, clinic_id=clinic.id, now=local("2026-08-05T10:00"))

    assert steps_of(session, planned.visit)["retreatment"].reason == NO_PROMO_CONSENT
    assert before == []
    assert [entry.client_id for entry in after] == [client.id]


def test_opted_out_client_gets_no_reminder_and_start_brings_back_care_only(
    session: Session, client: Client, conversation: Conversation
) -> None:
    planned = treat(session, client, "2026-05-05T14:00")
    make_consent(session, conversation, "stopped", at=local("2026-05-05T14:00"))

    left = tick(session, "2026-05-05T14:01")
    stopped = {row.reason for row in steps_of(session, planned.visit).values()}
    make_consent(session, conversation, "restarted", at=local("2026-05-10T14:00"))
    reminders.replan(session, planned.visit, rules=RULES, now=local("2026-05-10T14:00"))

    assert left == []
    assert stopped == {"opted out on 05 May 2026", NO_PROMO_CONSENT}
    assert planned.visit.told_exercise_ends_at is None
    rows = steps_of(session, planned.visit)
    assert due(rows["check_in"]) == "2026-05-19T10:00"
    assert rows["retreatment"].reason == NO_PROMO_CONSENT


def test_without_consent_to_care_the_plan_says_so_at_once(session: Session, clinic: Clinic) -> None:
    unasked = make_client(session, make_conversation(session, clinic, number="+15735550144"))

    planned = treat(session, unasked, "2026-05-05T14:00")

    assert {row.reason for row in planned.steps} == {NO_CARE_CONSENT, NO_PROMO_CONSENT}
