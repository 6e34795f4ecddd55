"""Random lives of a clinic on both databases: texts, STOP, START, due steps, lost answers, kills, clock steps.

After each step the carrier's own log is held against the promises. AFTERCARE_LIVES sets how many lives are tried.
"""

import os
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from carriers.base import InboundText, Outcome, SendResult, StatusReport
from models.message import Attempt, Message
from models.reminder import Reminder
from outbox.kinds import POLICIES, Kind, WhenUnknown
from outbox.reports import record_status
from scheduler.reminders import ReminderClosed, cancel
from tests.support import engines
from tests.support.crash import Fate, live_until_killed
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER
from tests.support.oracle import texts_to
from tests.support.world import Process, World

CHICAGO = ZoneInfo("America/Chicago")
STRANGER = "+15735550177"
NUMBERS = st.sampled_from([CLIENT_NUMBER, STRANGER])
WORDS = st.sampled_from(
    [
        "Can I work out tonight?",
        "Thanks!",
        "STOP",
        "START",
        "HELP",
        "I can't breathe",
        "2",
        "what about rubbing it",
    ]
)
STATUSES = st.sampled_from(["queued", "sent", "delivered", "undelivered", "failed"])
# What may be begun after STOP (R3): its one confirmation, answers to START and HELP, the emergency instruction.
EXEMPT = (
    "opted out",
    "opted back in",
    "Reply STOP to stop",
    "may be serious",
    "looked at today",
    "glad you told us",
)
LIVES = int(os.environ.get("AFTERCARE_LIVES", "3"))


class Life(RuleBasedStateMachine):
    """One clinic from its first text on."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name))
        self.process = Process(self.world, Fate(None))
        self.acked: list[InboundText] = []
        self.stopped_at: dict[str, int] = {}
        self.set_back = 0

    def teardown(self) -> None:
        """The carrier answers again, the clock goes on: everything ends somewhere."""
        self.world.carrier.replies.clear()
        self.world.carrier.is_list_down = False
        self.world.clock.move(minutes=5 * self.set_back)  # a lease waits as long as its clock was set back
        try:
            self.process.live(rounds=8)
            self.nothing_hangs()
        finally:
            self.process.end()
            self.world.line.database.close()
            self._folder.cleanup()

    # --- what happens ---------------------------------------------------------------------------------------

    @rule(number=NUMBERS, words=WORDS, is_pushed=st.booleans())
    def text_comes(self, number: str, words: str, is_pushed: bool) -> None:
        sid = self.world.carrier.receive(number, OUR_NUMBER, words)
        if is_pushed:
            self._push(InboundText(sid, number, OUR_NUMBER, words))

    @precondition(lambda self: self.acked)
    @rule(chance=st.randoms(use_true_random=False))
    def text_is_repeated(self, chance: object) -> None:
        self._push(chance.choice(self.acked))  # type: ignore[attr-defined]

    @rule(hours=st.integers(0, 30))
    def treatment(self, hours: int) -> None:
        self.world.treat(at=self.world.clock.at - timedelta(hours=hours))

    @rule(chance=st.randoms(use_true_random=False))
    def staff_cancel_a_step(self, chance: object) -> None:
        with self.world.line.database.write() as session:
            ids = list(session.scalars(select(Reminder.id).order_by(Reminder.id)))
            if ids:
                try:
                    step = chance.choice(ids)  # type: ignore[attr-defined]
                    cancel(session, step, by="Dana", actor="staff:1", now=self.world.clock.at)
                except ReminderClosed:
                    pass

    @rule(minutes=st.sampled_from([0.1, 1, 10, 60, 600, 1500, 12_000]))
    def time_passes(self, minutes: float) -> None:
        self.world.clock.move(minutes=minutes)

    @rule()
    def clock_is_set_back(self) -> None:
        self.world.clock.at -= timedelta(minutes=5)
        self.set_back += 1

    @rule(way=st.sampled_from(["take and lose", "lose", "busy", "down"]))
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
    @rule(chance=st.randoms(use_true_random=False), status=STATUSES)
    def report_comes(self, chance: object, status: str) -> None:
        place = chance.randrange(len(self.world.carrier.accepted))  # type: ignore[attr-defined]
        sid = self.world.carrier.accepted[place].sid
        callback = self.world.carrier.log[place].text.status_callback.rsplit("=", 1)[1]
        with self.world.line.database.write() as session:
            record_status(session, StatusReport(sid, status, callback), self.world.clock.at)

    @rule()
    def worker_works(self) -> None:
        self.process.tick()

    @rule(moment=st.integers(1, 24))
    def worker_is_killed(self, moment: int) -> None:
        doomed = Process(self.world, Fate(moment))
        live_until_killed(lambda: doomed.live(rounds=2))
        doomed.end()

    @rule()
    def worker_starts_again(self) -> None:
        self.process.live(rounds=1)

    def _push(self, inbound: InboundText) -> None:
        self.process.webhook(inbound)
        if inbound not in self.acked:
            self.acked.append(inbound)
        if inbound.body == "STOP":
            self.stopped_at.setdefault(inbound.from_number, len(self.world.carrier.sends))
        if inbound.body == "START":
            self.stopped_at.pop(inbound.from_number, None)

    # --- what must hold -------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        with self.world.line.database.read() as session:
            found = session.execute(
                select(Attempt.callback_id, Message.id, Message.kind).join(
                    Message, Message.id == Attempt.message_id
                )
            )
            owner = {callback: (message_id, kind) for callback, message_id, kind in found}
        taken = Counter(
            owner[entry.text.status_callback.rsplit("=", 1)[1]] for entry in self.world.carrier.log
        )
        for (message_id, kind), count in taken.items():
            may_repeat = POLICIES[Kind(kind)].when_unknown is WhenUnknown.RESEND
            assert count == 1 or may_repeat or self._was_returned(message_id), (
                f"message {message_id} ({kind}) twice"
            )

    def _was_returned(self, message_id: int) -> bool:
        """The carrier itself reported that an earlier try of this text did not arrive: another one is no double."""
        with self.world.line.database.read() as session:
            tries = select(Attempt).where(Attempt.message_id == message_id, Attempt.outcome == "accepted")
            return len(list(session.scalars(tries))) > 1

    @invariant()
    def nothing_begins_after_stop(self) -> None:
        for number, begun in self.stopped_at.items():
            for text in self.world.carrier.sends[begun:]:
                if text.to_number == number:
                    assert any(words in text.body for words in EXEMPT), f"after STOP: {text.body}"

    @invariant()
    def what_was_acknowledged_is_on_file_once(self) -> None:
        with self.world.line.database.read() as session:
            sids = Counter(session.scalars(select(Message.carrier_sid).where(Message.direction == "inbound")))
        assert all(sids[inbound.sid] == 1 for inbound in self.acked)
        assert not [sid for sid, count in sids.items() if count > 1]

    @invariant()
    def no_reminder_leaves_at_night(self) -> None:
        for entry in self.world.carrier.log:
            hour = entry.at.astimezone(CHICAGO).hour
            assert "exercise again" not in entry.text.body or 9 <= hour < 20, f"sent at {hour}"

    def nothing_hangs(self) -> None:
        """Whatever was begun has ended: accepted, refused or cancelled with a reason, or before a person."""
        with self.world.line.database.read() as session:
            open_rows = select(Message).where(Message.state.in_(("claimed", "in_flight", "unknown")))
            kinds = [row.kind for row in session.scalars(open_rows)]
        assert all(POLICIES[Kind(kind)].when_unknown is WhenUnknown.RESEND for kind in kinds), kinds
        assert texts_to(self.world.accepted(), OUR_NUMBER) == []


@pytest.mark.timeout(0)
def test_random_lives_keep_the_promises(engine: str) -> None:
    lives = LIVES if engine == engines.SQLITE else max(1, LIVES // 3)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=lives,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
