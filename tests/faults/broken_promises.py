"""Short lives in which one thing of the product is broken, played by hand with the rules of test_state_machine.

Each row of STORIES names the promise that must be seen to break. Holds no asserts but on itself.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import false, true

from models import message_queue
from outbox import lookup, rules
from tests.faults.test_state_machine import Life
from tests.support.crash import Fate
from tests.support.factories import CLIENT_NUMBER
from tests.support.watch import WatchedProcess

Patch = pytest.MonkeyPatch
QUESTION, ANOTHER, RED_FLAG = "Can I work out tonight?", "what about rubbing it", "I can't breathe"


class Picks(Random):
    """Chance that always chooses this place."""

    def __init__(self, place: int) -> None:
        super().__init__(0)
        self.place = place

    def choice(self, seq: Any) -> Any:
        return seq[self.place]

    def randrange(self, *_: Any, **__: Any) -> int:
        return self.place


def ask(life: Life, number: str = CLIENT_NUMBER, words: str = QUESTION) -> None:
    life.text_comes(number=number, words=words)


def say(life: Life, words: str, *, is_pushed: bool = True) -> None:
    life.consent_word_comes(number=CLIENT_NUMBER, words=words, is_pushed=is_pushed)


def look_twice(life: Life) -> None:
    """The worker goes on until what is unknown was looked for twice and what is to be sent again has left."""
    for minutes in (1, 0.1, 0.1):
        life.worker_works_on(minutes=minutes, rounds=1)


def without(monkeypatch: Patch, *names: str) -> None:
    """The gate forgets these rules."""
    kept = tuple(rule for rule in rules.RULES if rule.__name__ not in names)
    assert len(kept) == len(rules.RULES) - len(names)
    monkeypatch.setattr(rules, "RULES", kept)


def queue_a_step(life: Life) -> None:
    """The exercise text is handed over and put off by the carrier."""
    life.treatment(hours=18)
    life.carrier_misbehaves(way="busy")
    life.worker_works()
    life.watch.look()


def moment_of(name: str, life: Life) -> int:
    """The number of this moment in the life of a worker that starts now. The life is played to its end for it."""
    fate = Fate(None)
    watched = WatchedProcess(life.world, fate, life.watch)
    watched.live(rounds=1)
    watched.end()
    return fate.moments.index(name) + 1


# --- each story breaks one thing ----------------------------------------------------------------------------


def list_is_not_believed(life: Life, patch: Patch) -> None:
    patch.setattr("outbox.lookup.matching", lambda *_, **__: ())
    ask(life)
    life.carrier_misbehaves(way="take and lose")
    life.worker_works()
    look_twice(life)


def our_clock_is_taken_for_the_carriers(life: Life, patch: Patch) -> None:
    patch.setattr("carriers.base.Listing.offset", lambda *_: timedelta())
    life.clock_is_set_back()
    ask(life)
    life.carrier_misbehaves(way="take and lose")
    life.worker_works()
    look_twice(life)


def what_a_dead_worker_sent_is_queued_again(life: Life, patch: Patch) -> None:
    ask(life)
    at = moment_of("after a send", life)
    ask(life, words=ANOTHER)
    patch.setattr("outbox.claim.attempts_of", lambda *_: [])
    life.worker_is_killed(moment=at)
    look_twice(life)


def a_list_that_fails_counts_as_empty(life: Life, patch: Patch) -> None:
    def absent(*given: Any) -> None:
        lookup._on_absent(*given)

    patch.setattr(lookup, "_on_list_failed", absent)
    ask(life)
    life.carrier_misbehaves(way="take and lose")
    life.carrier_misbehaves(way="down")
    life.worker_works()
    look_twice(life)


def a_report_after_the_last_one_counts(life: Life, patch: Patch) -> None:
    patch.setattr("outbox.status.moves_forward", lambda *_: True)
    ask(life)
    life.worker_works()
    life.report_comes(chance=Picks(0), report=("delivered", None))
    life.delivery_moves_forward()
    life.report_comes(chance=Picks(0), report=("sent", None))


def stop_is_not_asked_for(life: Life, patch: Patch) -> None:
    without(patch, "_stopped")
    say(life, "STOP")
    ask(life)
    life.worker_works()


def an_older_start_undoes_stop(life: Life, patch: Patch) -> None:
    patch.setattr("bot.conversation.is_overtaken", lambda *_: False)
    say(life, "START", is_pushed=False)
    life.time_passes(minutes=1)
    say(life, "STOP")
    life.time_passes(minutes=10)
    life.worker_starts_again()
    ask(life)
    life.worker_works()


def an_erasure_forgets_stop(life: Life, patch: Patch) -> None:
    patch.setattr("desk.erase._keep_opt_out", lambda *_: None)
    say(life, "STOP")
    life.client_is_erased()
    life.client_is_entered_again()
    life.treatment(hours=18)
    life.worker_works()


def a_cancelled_step_leaves(life: Life, patch: Patch) -> None:
    without(patch, "_reminder_overtaken")
    queue_a_step(life)
    life.step_is_cancelled(chance=Picks(0))
    look_twice(life)


def a_cancelled_visit_stands(life: Life, patch: Patch) -> None:
    without(patch, "_reminder_overtaken")
    queue_a_step(life)
    life.treatment_is_cancelled(chance=Picks(0))
    look_twice(life)


def an_erased_persons_text_leaves(life: Life, patch: Patch) -> None:
    without(patch, "_erased", "_not_a_phone", "_unfit_body")
    patch.setattr("models.erasing.WAITING", ())
    ask(life)
    life.carrier_misbehaves(way="busy")
    life.worker_works()
    life.watch.look()
    life.client_is_erased()
    look_twice(life)


def steps_that_were_cancelled_with_an_alert_go_on(life: Life, patch: Patch) -> None:
    patch.setattr("scheduler.alert_holds.close", lambda *_: None)
    patch.setattr("scheduler.alert_holds.hold_under_alerts", lambda *_: 0)
    life.treatment(hours=18)
    ask(life, words=RED_FLAG)
    life.alerts_are_closed(choice="cancel")
    life.worker_works()


def an_open_alert_holds_nothing(life: Life, patch: Patch) -> None:
    without(patch, "_held")
    patch.setattr("models.planning._open_alert_of", lambda *_: false())
    patch.setattr("models.message_queue._not_held", lambda **_: true())
    patch.setattr("models.message_queue.NEXT_DUE", message_queue._next_due(hold_scheduled=False))
    life.treatment(hours=18)
    ask(life, words=RED_FLAG)
    life.worker_works()


def a_newer_visit_closes_nothing(life: Life, patch: Patch) -> None:
    patch.setattr("scheduler.closing._closed_by_newer_visit", lambda *_: "")
    life.treatment(hours=0)
    life.time_passes(minutes=12_000)
    life.treatment(hours=0)
    life.time_passes(minutes=9_600)
    life.worker_works()


def the_hours_of_sending_are_not_asked_for(life: Life, patch: Patch) -> None:
    without(patch, "_outside_window")
    queue_a_step(life)
    life.time_passes(minutes=600)
    life.worker_works()


def the_last_moment_is_not_asked_for(life: Life, patch: Patch) -> None:
    without(patch, "_expired", "_outside_window")
    queue_a_step(life)
    life.time_passes(minutes=1500)
    life.worker_works()


def a_queued_step_does_not_follow_its_visit(life: Life, patch: Patch) -> None:
    patch.setattr("scheduler.reminders._follow_visits", lambda *_: None)
    queue_a_step(life)
    life.treatment_is_corrected(chance=Picks(0), hours=6)
    look_twice(life)


def a_text_is_acknowledged_and_not_written_down(life: Life, patch: Patch) -> None:
    patch.setattr("bot.conversation.take_in", lambda *_: None)
    ask(life)


STORIES: dict[Callable[[Life, Patch], None], str] = {
    list_is_not_believed: "nothing_is_accepted_twice",
    our_clock_is_taken_for_the_carriers: "nothing_is_accepted_twice",
    what_a_dead_worker_sent_is_queued_again: "nothing_is_accepted_twice",
    a_list_that_fails_counts_as_empty: "nothing_is_accepted_twice",
    a_report_after_the_last_one_counts: "delivery_moves_forward",
    stop_is_not_asked_for: "nothing_begins_after_stop",
    an_older_start_undoes_stop: "nothing_begins_after_stop",
    an_erasure_forgets_stop: "nothing_begins_after_stop",
    a_cancelled_step_leaves: "nothing_begins_of_what_was_ended",
    a_cancelled_visit_stands: "nothing_begins_of_what_was_ended",
    an_erased_persons_text_leaves: "nothing_begins_of_what_was_ended",
    steps_that_were_cancelled_with_an_alert_go_on: "nothing_begins_of_what_was_ended",
    an_open_alert_holds_nothing: "no_step_begins_under_an_open_alert",
    a_newer_visit_closes_nothing: "no_step_begins_that_a_newer_visit_has_closed",
    the_hours_of_sending_are_not_asked_for: "every_step_leaves_in_its_time",
    the_last_moment_is_not_asked_for: "every_step_leaves_in_its_time",
    a_queued_step_does_not_follow_its_visit: "every_step_leaves_in_its_time",
    a_text_is_acknowledged_and_not_written_down: "what_was_acknowledged_is_on_file_once",
}
