"""Watches a World from outside: what was begun, taken in and ended in which order, held against R2, R3 and R4."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from carriers.base import InboundText
from models.message import Message
from outbox.kinds import POLICIES, Kind, WhenUnknown
from tests.support.begun import Begun, Owner, Step, callback_of, owner_of_row, read_begun
from tests.support.crash import Fate
from tests.support.world import Process, World

CHICAGO = ZoneInfo("America/Chicago")
HOUR = timedelta(hours=1)
# What may be begun after STOP (R3): its one confirmation, answers to START and HELP, the emergency instruction.
EXEMPT = (Kind.OPT_OUT, Kind.OPT_IN, Kind.HELP, Kind.RED_FLAG)
ENDINGS = ("delivered", "undelivered", "failed")


class Watch:
    """One World's sends, in the order they were begun, and since which of them something may not be begun."""

    def __init__(self, world: World) -> None:
        self._world, self._database = world, world.line.database
        self._begun: list[Begun] = []
        self._taken_in: set[str] = set()
        self._last_word_at: dict[str, datetime] = {}
        self._stopped_at: dict[str, int] = {}
        self._ended_at: dict[Owner, int] = {}
        self._ends: dict[str, str] = {}
        self._shown: dict[str, str | None] = {}

    # --- noted as it happens --------------------------------------------------------------------------------

    def note_taken_in(self, inbound: InboundText) -> None:
        """STOP and START count once, from their commit on, and the one texted last stands."""
        if inbound.sid in self._taken_in or not self._is_on_file(inbound.sid):
            return
        self._taken_in.add(inbound.sid)
        number, texted_at = inbound.from_number, self._texted_at(inbound.sid)
        if inbound.body not in ("STOP", "START") or texted_at < self._last_word_at.get(number, texted_at):
            return
        self._last_word_at[number] = texted_at
        if inbound.body == "STOP":
            self._stopped_at.setdefault(number, len(self._world.carrier.begun))
        else:
            self._stopped_at.pop(number, None)

    def note_end(self, owners: list[Owner]) -> None:
        """Nothing of these may be begun from now on."""
        for owner in owners:
            self._ended_at.setdefault(owner, len(self._world.carrier.begun))

    def note_report(self, sid: str, status: str) -> None:
        """The carrier's first word about the end of a text is its last."""
        if status in ENDINGS:
            self._ends.setdefault(sid, status)

    def look(self) -> list[Begun]:
        """Every send so far, with what was on file about it at the first look after it."""
        new = self._world.carrier.begun[len(self._begun) :]
        if new:
            with self._database.read() as session:
                self._begun += [read_begun(session, taken) for taken in new]
        return self._begun

    def _is_on_file(self, sid: str) -> bool:
        with self._database.read() as session:
            return session.scalar(select(Message.id).where(Message.carrier_sid == sid)) is not None

    def _texted_at(self, sid: str) -> datetime:
        return next(text.created_at for text in self._world.carrier.inbound if text.sid == sid)

    # --- what breaks a promise ------------------------------------------------------------------------------

    def doubles(self) -> list[str]:
        """R2. A second one is none where the carrier itself said that the first did not arrive."""
        returned = {sid for sid, status in self._ends.items() if status != "delivered"}
        return [
            f"{kind} {owner} twice"
            for (kind, owner), sids in self._accepted().items()
            if POLICIES[kind].when_unknown is not WhenUnknown.RESEND and not set(sids[:-1]) <= returned
        ]

    def begun_after_stop(self) -> list[str]:
        """R3."""
        begun = self.look()
        return [
            f"after STOP: {send.text.body}"
            for number, since in self._stopped_at.items()
            for send in begun[since:]
            if send.text.to_number == number and send.kind not in EXEMPT
        ]

    def begun_after_end(self) -> list[str]:
        """A step or a visit that staff cancelled, a text from before the client was erased."""
        return [
            f"after its end: {send}"
            for place, send in enumerate(self.look())
            for owner in {send.owner, owner_of_row(send.message_id)}
            if place >= self._ended_at.get(owner, place + 1)
        ]

    def begun_under_alert(self) -> list[str]:
        """RULES 3: an open alert holds every reminder of its conversation."""
        return [f"under an open alert: {send}" for send in self.look() if send.step and send.is_under_alert]

    def overtaken(self) -> list[str]:
        """RULES 3: a newer visit closes older check-ins and retreatments."""
        steps = [send.step for send in self.look() if send.step is not None]
        return [f"a newer visit closed it: {step}" for step in steps if step.has_newer and _is_closable(step)]

    def went_back(self) -> list[str]:
        """R8: what is on file of a delivery never goes back to what it was before."""
        question = select(Message.carrier_sid, Message.status).where(
            Message.direction == "outbound", Message.carrier_sid.is_not(None)
        )
        with self._database.read() as session:
            now = {sid: status for sid, status in session.execute(question) if sid is not None}
        back = [sid for sid, status in now.items() if not _is_forward(self._shown.get(sid), status)]
        self._shown |= now
        return [f"went back to {now[sid]}: {sid}" for sid in back]

    def untimely(self) -> list[str]:
        """R4, by the visit as it was on file when the step left."""
        steps = [(send.step, send.at) for send in self.look() if send.step is not None]
        return [f"{step} at {at.astimezone(CHICAGO)}" for step, at in steps if not _is_timely(step, at)]

    def owners_served(self) -> set[Owner]:
        """The steps and texts of which the carrier took at least one."""
        return {owner for _, owner in self._accepted()}

    def _accepted(self) -> dict[tuple[Kind, Owner], list[str]]:
        """The carrier's ids of what it took, by what they stand for, in order."""
        sends = {callback_of(send.text): send for send in self.look()}
        found = defaultdict(list)
        for taken, accepted in zip(self._world.carrier.log, self._world.carrier.accepted, strict=True):
            send = sends[callback_of(taken.text)]
            found[send.kind, send.owner].append(accepted.sid)
        return found


class WatchedProcess(Process):
    """One life of a worker: what it has taken in is noted even where it dies right after."""

    def __init__(self, world: World, fate: Fate, watch: Watch) -> None:
        super().__init__(world, fate)
        self._watch = watch

    def webhook(self, inbound: InboundText) -> None:
        try:
            super().webhook(inbound)
        finally:
            self._watch.note_taken_in(inbound)


def _is_closable(step: Step) -> bool:
    return step.name == "check_in" or step.name.startswith("retreatment")


def _is_forward(before: str | None, after: str | None) -> bool:
    """`queued`, then `sent`, then one end that stays."""
    return before == after or (before not in ENDINGS and _stage(before) < _stage(after))


def _stage(status: str | None) -> int:
    return {None: 0, "queued": 1, "sent": 2}.get(status, 3)


def _is_timely(step: Step, at: datetime) -> bool:
    """Within the hours, and not before the earliest nor after the last moment of RULES 3."""
    local, since = at.astimezone(CHICAGO), at - step.injected_at
    day = (local.date() - step.local_day).days
    if step.name == "aftercare_now":
        return 9 <= local.hour < 21 and since < 16 * HOUR
    is_in_time = {"exercise_over": 16 * HOUR <= since < 31 * HOUR, "check_in": 14 <= day <= 18}
    return 9 <= local.hour < 20 and is_in_time.get(step.name, True)
