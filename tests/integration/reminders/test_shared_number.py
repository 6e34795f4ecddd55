"""People who share a number share its texts and its days."""

from sqlalchemy.orm import Session

from models.client import Client
from models.conversation import Conversation
from scheduler.caps import SHARED
from tests.support.chicago import local
from tests.support.factories import make_client
from tests.support.planned_visits import STEPS, due, live, steps_of, tick, told_visit, treat


def test_two_people_treated_on_one_day_share_one_text_that_names_both(
    session: Session, client: Client, conversation: Conversation
) -> None:
    ben = make_client(session, conversation, name="Ben Ortiz")
    ana = treat(session, client, "2026-05-05T13:00", entered="2026-05-05T14:00")
    treat(session, ben, "2026-05-05T14:00")

    left = live(session, local("2026-05-05T14:00"), 130)

    assert [step for step, _, _ in left] == list(STEPS)
    assert "Wed 6 am" in left[0][2]  # the later of the two
    assert all("Ana and Ben" in body for step, _, body in left if step == "check_in")
    assert {row.reason for row in steps_of(session, ana.visit).values()} == {SHARED}
    assert ana.visit.told_exercise_ends_at == local("2026-05-06T05:00")  # nothing to correct


def test_a_second_person_entered_after_the_first_ones_text_gets_an_own_one(
    session: Session, client: Client, conversation: Conversation
) -> None:
    told_visit(session, client, "2026-05-05T09:30")
    treat(session, make_client(session, conversation, name="Ben"), "2026-05-05T15:00")

    (text,) = tick(session, "2026-05-05T15:00")

    assert "Wed 7 am" in text.body


def test_one_capped_text_a_day_over_all_clients_of_a_number(
    session: Session, client: Client, conversation: Conversation
) -> None:
    ana = treat(session, client, "2026-02-20T14:00")  # retreatment on 20 May
    ben = treat(
        session, make_client(session, conversation, name="Ben"), "2026-05-06T14:00"
    )  # check-in on 20 May

    assert due(steps_of(session, ben.visit)["check_in"]) == "2026-05-20T10:00"
    moved = steps_of(session, ana.visit)["retreatment"]
    assert due(moved) == "2026-05-21T10:00"
    assert moved.reason == "moved from Wed 20 May 10:00 to Thu 21 May 10:00: one automatic text a day"
