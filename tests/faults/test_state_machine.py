"""Random lives of a clinic on both databases: texts, STOP, START, due steps, changed and erased records, lost answers,
kills, clock steps.

After each step the carrier's own log is held against the promises, and at the end nothing may be lost. AFTERCARE_LIVES
sets how many lives the long run tries. Hypothesis keeps a life that failed in .hypothesis and plays it first next time.
"""

import os
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from carriers.base import InboundText, Outcome, SendResult, StatusReport
from models.message import Message
from outbox.reports import record_status
from tests.support import engines
from tests.support.begun import callback_of
from tests.support.crash import Fate, live_until_killed
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER
from tests.support.front_desk import FrontDesk
from tests.support.loose_ends import goes_on_at, lost, open_ends
from tests.support.oracle import texts_to
from tests.support.watch import Watch, WatchedProcess
from tests.support.world import World

STRANGER = "+15735550177"
NUMBERS = st.sampled_from([CLIENT_NUMBER, STRANGER])
WORDS = st.sampled_from(
    ["Can I work out tonight?", "Thanks!", "HELP", "I can't breathe", "2", "what about rubbing it"]
)
CONSENT_WORDS = st.sampled_from(["STOP", "START"])
CHANCE = st.randoms(use_true_random=False)
REPORTS = st.sampled_from(
    [("queued", None), ("sent", None), ("delivered", None), ("failed", None), ("undelivered", 30003)]
)
LOST_OR_PUT_OFF = ["take and lose", "lose", "busy"]
QUICK, MANY = 8, int(os.environ.get("AFTERCARE_LIVES", "60"))
MOST_HOPS = 300


class Life(RuleBasedStateMachine):
    """One clinic from its first text on."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name))
        self.desk = FrontDesk(self.world)
        self.watch = Watch(self.world)
        self.process = WatchedProcess(self.world, Fate(None), self.watch)
        self.acked: list[InboundText] = []
        self.is_broken = False

    def teardown(self) -> None:
        """The carrier answers again, staff close their alerts, the clock goes on: everything ends somewhere."""
        self.world.carrier.replies.clear()
        self.world.carrier.is_list_down = False
        try:
            if not self.is_broken:
                self._come_to_rest()
                self._check_nothing_is_lost()
        finally:
            self.process.end()
            self.world.line.database.close()
            self._folder.cleanup()

    # --- what happens ---------------------------------------------------------------------------------------

    @rule(number=NUMBERS, words=WORDS)
    def text_comes(self, number: str, words: str) -> None:
        self._receive(number, words, is_pushed=True)

    @rule(number=NUMBERS, words=CONSENT_WORDS, is_pushed=st.booleans())
    def consent_word_comes(self, number: str, words: str, is_pushed: bool) -> None:
        self._receive(number, words, is_pushed=is_pushed)

    @rule(number=NUMBERS, words=WORDS)
    def text_is_missed(self, number: str, words: str) -> None:
        self._receive(number, words, is_pushed=False)

    @precondition(lambda self: self.acked)
    @rule(chance=CHANCE)
    def text_is_repeated(self, chance: Random) -> None:
        self._push(chance.choice(self.acked))

    @initialize(hours=st.sampled_from([0, 12, 18]))
    def first_treatment(self, hours: int) -> None:
        self.treatment(hours)

    @initialize(ways=st.lists(st.sampled_from(LOST_OR_PUT_OFF), max_size=3))
    def first_replies(self, ways: list[str]) -> None:
        for way in ways:
            self.carrier_misbehaves(way)

    @precondition(lambda self: self.desk.has_client)
    @rule(hours=st.integers(0, 30))
    def treatment(self, hours: int) -> None:
        self.world.treat(at=self.world.clock.at - timedelta(hours=hours))

    @rule(chance=CHANCE, hours=st.sampled_from([-30, -6, -1, 1, 6]))
    def treatment_is_corrected(self, chance: Random, hours: int) -> None:
        self.desk.correct_a_treatment(chance, timedelta(hours=hours))

    @rule(chance=CHANCE)
    def treatment_is_cancelled(self, chance: Random) -> None:
        self.watch.note_end(self.desk.cancel_a_treatment(chance))

    @rule(chance=CHANCE)
    def step_is_cancelled(self, chance: Random) -> None:
        self.watch.note_end(self.desk.cancel_a_step(chance))

    @precondition(lambda self: self.desk.has_client)
    @rule()
    def client_is_erased(self) -> None:
        self.watch.note_end(self.desk.erase_client())

    @precondition(lambda self: not self.desk.has_client)
    @rule()
    def client_is_entered_again(self) -> None:
        self.desk.enter_client()

    @rule(choice=st.sampled_from(["resume", "cancel"]))
    def alerts_are_closed(self, choice: str) -> None:
        self.watch.note_end(self.desk.close_alerts(choice))

    @rule(minutes=st.sampled_from([0.1, 1, 5, 60, 600, 1500, 12_000]))
    def time_passes(self, minutes: float) -> None:
        self.world.clock.move(minutes=minutes)

    @rule()
    def clock_is_set_back(self) -> None:
        self.world.jump(-timedelta(minutes=5))

    @rule(minutes=st.sampled_from([5, 20, 60, 180, 600]))
    def clock_is_set_on(self, minutes: int) -> None:
        self.world.jump(timedelta(minutes=minutes))

    @precondition(lambda self: self.world.apart)
    @rule()
    def clock_is_set_right(self) -> None:
        self.world.jump(-self.world.apart)

    @rule(way=st.sampled_from([*LOST_OR_PUT_OFF, "down"]))
    def carrier_misbehaves(self, way: str) -> None:
        carrier = self.world.carrier
        replies = {
            "take and lose": carrier.take_and_lose_reply,
            "lose": SendResult(Outcome.UNKNOWN),
            "busy": SendResult(Outcome.REJECTED_RETRY, retry_after=timedelta(seconds=3)),
        }
        if way in replies:
            carrier.script(replies[way])  # type: ignore[arg-type]
        else:
            carrier.is_list_down = not carrier.is_list_down

    @precondition(lambda self: self.world.carrier.accepted)
    @rule(chance=CHANCE, report=REPORTS)
    def report_comes(self, chance: Random, report: tuple[str, int | None]) -> None:
        place = chance.randrange(len(self.world.carrier.accepted))
        sid, (status, code) = self.world.carrier.accepted[place].sid, report
        callback = callback_of(self.world.carrier.log[place].text)
        with self.world.line.database.write() as session:
            record_status(session, StatusReport(sid, status, callback, code), self.world.clock.at)
        self.watch.note_report(sid, status)

    @rule()
    def worker_works(self) -> None:
        self.process.tick()

    @rule(minutes=st.sampled_from([0.1, 1]), rounds=st.integers(1, 3))
    def worker_works_on(self, minutes: float, rounds: int) -> None:
        for _ in range(rounds):
            self.world.clock.move(minutes=minutes)
            self.process.tick()

    @rule(moment=st.integers(1, 24))
    def worker_is_killed(self, moment: int) -> None:
        doomed = WatchedProcess(self.world, Fate(moment), self.watch)
        live_until_killed(lambda: doomed.live(rounds=2))
        doomed.end()

    @rule()
    def worker_starts_again(self) -> None:
        self.process.live(rounds=1)

    def _receive(self, number: str, words: str, *, is_pushed: bool) -> None:
        sid = self.world.carrier.receive(number, OUR_NUMBER, words)
        if is_pushed:
            self._push(InboundText(sid, number, OUR_NUMBER, words))

    def _push(self, inbound: InboundText) -> None:
        self.process.webhook(inbound)
        if inbound not in self.acked:
            self.acked.append(inbound)

    # --- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        self._hold(self.watch.doubles())

    @invariant()
    def nothing_begins_after_stop(self) -> None:
        self._hold(self.watch.begun_after_stop())

    @invariant()
    def nothing_begins_of_what_was_ended(self) -> None:
        self._hold(self.watch.begun_after_end())

    @invariant()
    def no_step_begins_under_an_open_alert(self) -> None:
        self._hold(self.watch.begun_under_alert())

    @invariant()
    def no_step_begins_that_a_newer_visit_has_closed(self) -> None:
        self._hold(self.watch.overtaken())

    @invariant()
    def delivery_moves_forward(self) -> None:
        self._hold(self.watch.went_back())

    @invariant()
    def every_step_leaves_in_its_time(self) -> None:
        self._hold(self.watch.untimely())

    @invariant()
    def what_was_acknowledged_is_on_file_once(self) -> None:
        with self.world.line.database.read() as session:
            sids = Counter(session.scalars(select(Message.carrier_sid).where(Message.direction == "inbound")))
        missing = [f"not on file once: {inbound}" for inbound in self.acked if sids[inbound.sid] != 1]
        self._hold([*missing, *(f"{sid} twice" for sid, count in sids.items() if count > 1)])

    def _hold(self, broken: list[str]) -> None:
        """One broken promise is enough: such a life is not played to its end."""
        self.is_broken = bool(broken)
        assert broken == []

    def _come_to_rest(self) -> None:
        for _ in range(MOST_HOPS):
            self.desk.close_alerts("resume")
            has_caught_up = self.process.live(rounds=1)
            with self.world.line.database.read() as session:
                now, still_open = self.world.clock.at, open_ends(session)
                goes_on = goes_on_at(session, now) or now + timedelta(minutes=1)
            if has_caught_up and not still_open:
                return
            self.world.clock.move(seconds=(goes_on - now).total_seconds())
        raise AssertionError(f"never ends: {still_open}")

    def _check_nothing_is_lost(self) -> None:
        carrier, left = self.world.carrier, self.watch.owners_served()
        with self.world.line.database.read() as session:
            sids = {text.sid for text in carrier.accepted}
            assert lost(session, received=carrier.inbound, accepted=sids, left=left) == []
        assert texts_to(self.world.accepted(), OUR_NUMBER) == []


@pytest.mark.timeout(0)
@pytest.mark.parametrize("lives", [QUICK, pytest.param(MANY, marks=pytest.mark.full)])
def test_random_lives_keep_the_promises(engine: str, lives: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=lives if engine == engines.SQLITE else max(2, lives // 3),
            stateful_step_count=25,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
