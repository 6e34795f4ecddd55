"""A flood from one phone: what other phones text in the middle of it does not wait for its end (rows 27, 28; R1, R9).

Judged by the order in which the carrier took our texts, never by the time it took.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from carriers.base import InboundText
from outbox.rules import REPLIES_MOST
from tests.support.crash import Fate
from tests.support.engines import ON_BOTH
from tests.support.factories import CLIENT_NUMBER, ON_CALL_NUMBER, OUR_NUMBER
from tests.support.line import enrol
from tests.support.oracle import texts_to, violations
from tests.support.phones import all_ask, flood_from, has_answered
from tests.support.processes import number_of_client, stand
from tests.support.scripted_carrier import make_sender
from tests.support.world import Process, World

QUESTION, RED_FLAG = "Can I work out tonight?", "I can't breathe"
ASKING_TOO, ALARMED = "+15735550143", "+15735550144"
FLOOD, OTHERS, AT_ONCE = 250, 20, 8
DOUBLES_SHOW_AFTER_S = 6


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_flood_from_one_phone_costs_no_other_its_answer(tmp_path: Path) -> None:
    flooding, alarmed, *others = [number_of_client(place) for place in range(2 + OTHERS)]
    with stand(tmp_path, MESSAGES_PER_SECOND="1", ONCALL_NUMBERS=ON_CALL_NUMBER) as here:
        here.enrol([flooding, alarmed, *others])
        here.start_ready()

        with flood_from(here, flooding, QUESTION, at_once=AT_ONCE) as flood:
            here.wait(lambda: len(flood) >= FLOOD, "a flood", 400)
            asked = all_ask(here, others, QUESTION, at_once=OTHERS)
            waiting = set(others) - {text.to_number for text in here.accepted()}
            asked += all_ask(here, [alarmed], RED_FLAG)
            begun = len(flood)
            here.wait(lambda: has_answered(here, [alarmed, ON_CALL_NUMBER]), "help for the red flag", 400)
            helped = len(flood)
            here.wait(lambda: has_answered(here, others), "every other phone's answer", 400)
            answered = len(flood)
        here.wait(
            lambda: set(here.on_file()) == {sid for sid, _ in (*flood, *asked)}, "every text on file", 400
        )
        time.sleep(DOUBLES_SHOW_AFTER_S)

        order = [text.to_number for text in here.accepted()]
        assert max(order.index(number) for number in (alarmed, ON_CALL_NUMBER)) < last_of(order, waiting)
        to_others = [text for text in here.accepted() if text.to_number in others]
        assert violations(to_others, owed=dict.fromkeys(others, 1)) == []
        assert 0 < len(texts_to(here.accepted(), flooding)) <= REPLIES_MOST
        assert here.on_file() == Counter(sid for sid, _ in (*flood, *asked))
        assert {answer for _, answer in (*flood, *asked)} == {200}
    print(f"texts of the flood until help: {helped - begun}, until all had their answer: {answered - begun}")


@ON_BOTH
def test_what_comes_in_the_middle_of_a_flood_does_not_wait_for_its_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in (ASKING_TOO, ALARMED):
        enrol(world.line, number=number)
    worker = Process(world, Fate(None))
    turns = [*[CLIENT_NUMBER] * 20, ASKING_TOO, *[CLIENT_NUMBER] * 10, ALARMED, *[CLIENT_NUMBER] * 10]
    for number in turns:
        words = RED_FLAG if number == ALARMED else QUESTION
        sid = world.carrier.receive(number, OUR_NUMBER, words)
        worker.webhook(InboundText(sid, number, OUR_NUMBER, words))
    sender = make_sender(world.line.database, world.carrier, pace=timedelta(seconds=1))
    for _ in turns:
        while sender.deliver_next():
            pass
        world.clock.move(seconds=1)
    worker.end()

    order = [taken.text.to_number for taken in world.carrier.log]
    assert set(order[:2]) == {ALARMED, ON_CALL_NUMBER}
    assert order[2:] == [*[CLIENT_NUMBER] * REPLIES_MOST, ASKING_TOO]


def last_of(order: Sequence[str], numbers: Collection[str]) -> int:
    """The place of the last text to any of these phones; fails where none of them was sent one."""
    return max(place for place, number in enumerate(order) if number in numbers)
