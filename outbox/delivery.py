"""Claim, intent, carrier, outcome: the only caller of Carrier.send. No transaction is open while it is called."""

from datetime import timedelta
from time import sleep

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session

from carriers.base import Carrier, OutboundText, Outcome, SendResult
from config import Settings
from models.attempts import lock_attempt
from models.database import Database, DatabaseBusy
from models.message_queue import count_failure, lock_message, next_turn_at, park
from outbox.backlog import Backlog
from outbox.claim import Claimed, claim, recover_expired
from outbox.closing import close_for_review, release_claim
from outbox.intent import Ready, write_intent
from outbox.media import MediaLink, media_link_of
from outbox.outcome import record_result
from outbox.timing import Clocks, Spans, pace_of
from outbox.unsent import tell_of_unsent

log = structlog.get_logger()

MOST_FAILURES = 3  # of our own code on one text; then it is parked and the others go on
COULD_NOT_PREPARE = "it could not be prepared for sending: our own error"
LONGEST_PAUSE = timedelta(seconds=5)
# Nobody's text is to blame: busy, gone, out of space, a table missing. DataError and IntegrityError are a row's own.
DATABASE_TROUBLE = (
    OperationalError,
    InterfaceError,
    InternalError,
    ProgrammingError,
    NoConnectionLeft,
    DatabaseBusy,
)
RECORD_AGAIN_AFTER_S = (
    0.1,
    0.5,
    2.0,
)  # what the carrier answered is worth more than one try to write it down


class Sender:
    """Hands queued texts to the carrier, one at a time. Any number may run on one PostgreSQL."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        *,
        public_url: str,
        spans: Spans | None = None,
        pace: timedelta = timedelta(seconds=1),
        mass_send_limit: int | None = None,
        clocks: Clocks | None = None,
        media_link: MediaLink | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self.database = database
        self.carrier = carrier
        self.public_url = public_url
        self.spans = spans or Spans()
        self.pace = pace
        self.mass_send_limit = mass_send_limit
        self.clocks = clocks or Clocks()
        self.media_link = media_link
        self.backlog = backlog or Backlog()
        self._recovered_at = float("-inf")

    @classmethod
    def from_settings(
        cls, database: Database, carrier: Carrier, settings: Settings, backlog: Backlog
    ) -> "Sender":
        """A sender as the installation was told."""
        return cls(
            database,
            carrier,
            public_url=settings.public_url,
            spans=Spans.from_settings(settings),
            pace=pace_of(settings),
            mass_send_limit=settings.mass_send_limit,
            media_link=media_link_of(settings),
            backlog=backlog,
        )

    def deliver_next(self) -> bool:
        """Bring one due text as far as it goes. False = nothing may leave now.

        Raises what the database raises when it is in trouble: the loop waits and tries again, nothing is lost.
        """
        self._recover_now_and_then()
        if not self.backlog.is_settled:
            return False
        claimed = claim(self.database, spans=self.spans, pace=self.pace, clocks=self.clocks)
        if claimed is None:
            return False
        if self._is_put_back(claimed):
            return False
        try:
            self._deliver(claimed)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("delivery_failed", message_id=claimed.message_id)
            self._count_failure(claimed)
        return True

    def run_until_quiet(self, limit: int = 10_000) -> int:
        """Deliver until nothing may leave, waiting for pace and short retries. Returns how many were handled."""
        for handled in range(limit):
            while not self.deliver_next():
                pause = self.pause_before_next()
                if pause is None or pause > LONGEST_PAUSE:
                    return handled
                sleep(max(pause.total_seconds(), 0.001))
        return limit

    def pause_before_next(self) -> timedelta | None:
        """How long until pace or a retry lets the next due text leave; None = none is waiting for that."""
        with self.database.read() as session:
            machine = self.clocks.machine(session)
            turn_at = next_turn_at(session, now=self.clocks.clinic(session), machine=machine)
        if turn_at is None or turn_at <= machine:
            return None
        return turn_at - machine

    def recover(self) -> int:
        """Take back what dead workers left."""
        self._recovered_at = self.clocks.steady()
        return recover_expired(self.database, spans=self.spans, clocks=self.clocks)

    def _recover_now_and_then(self) -> None:
        if self.clocks.steady() - self._recovered_at >= self.spans.tick.total_seconds():
            self.recover()
            tell_of_unsent(self.database, self.clocks)

    def _is_put_back(self, claimed: Claimed) -> bool:
        """Whether the database was lost and found again since the look at the backlog: then the text waits too."""
        if self.backlog.is_settled:
            return False
        with self.database.write() as session:
            message = lock_message(session, claimed.message_id)
            if message.claim_token == claimed.token and message.state == "claimed":
                release_claim(message, "queued")
        return True

    def _deliver(self, claimed: Claimed) -> None:
        with self.database.write() as session:
            ready = write_intent(
                session,
                claimed,
                public_url=self.public_url,
                mass_send_limit=self.mass_send_limit,
                spans=self.spans,
                clocks=self.clocks,
                media_link=self.media_link,
            )
        if ready is None:
            return
        is_old = self.clocks.steady() - ready.checked_at > self.spans.intent_max_age.total_seconds()
        if is_old or not self.backlog.is_settled:
            self._abandon(ready)
            return
        self._record_stubbornly(ready, self._send(ready.text))

    def _send(self, text: OutboundText) -> SendResult:
        """A carrier that raises has told us nothing: the text may have left."""
        try:
            return self.carrier.send(text)
        except Exception:
            log.exception("carrier_raised")
            return SendResult(Outcome.UNKNOWN)

    def _record_stubbornly(self, ready: Ready, result: SendResult) -> None:
        for pause in RECORD_AGAIN_AFTER_S:
            try:
                self._record(ready, result)
            except DATABASE_TROUBLE:
                self.backlog.suspect()
                log.warning("result_not_recorded_yet", message_id=ready.message_id)
                sleep(pause)
            else:
                return
        self._record(ready, result)

    def _record(self, ready: Ready, result: SendResult) -> None:
        with self.database.write() as session:
            record_result(
                session,
                message_id=ready.message_id,
                attempt_id=ready.attempt_id,
                token=ready.token,
                result=result,
                now=self.clocks.clinic(session),
                machine=self.clocks.machine(session),
                spans=self.spans,
            )

    def _abandon(self, ready: Ready) -> None:
        """The last check is too old to act on, or a STOP may have been turned away. Not sent: it is decided anew."""
        with self.database.write() as session:
            message = lock_message(session, ready.message_id)
            attempt = lock_attempt(session, ready.attempt_id)
            was_ours = message.state == "in_flight" and message.claim_token == ready.token
            was_given_up = message.state == "unknown" and attempt.outcome == Outcome.UNKNOWN
            attempt.outcome, attempt.next_lookup_at = "abandoned", None
            attempt.finished_at = self.clocks.machine(session)
            if was_ours or was_given_up:
                release_claim(message, "queued")
                message.retry_at = attempt.finished_at

    def _count_failure(self, claimed: Claimed) -> None:
        """Our own code failed on this text before its intent. A text with an intent is left to its lease."""
        with self.database.write() as session:
            machine = self.clocks.machine(session)
            failures = count_failure(
                session, claimed.message_id, token=claimed.token, retry_at=machine + self.spans.retry_first
            )
            if failures is None or failures < MOST_FAILURES:
                return
            park(session, claimed.message_id, note=COULD_NOT_PREPARE)
        self._tell_parked(claimed.message_id)

    def _tell_parked(self, message_id: int) -> None:
        try:
            with self.database.write() as session:
                self._put_before_a_person(session, message_id)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("parked_but_not_told", message_id=message_id)

    def _put_before_a_person(self, session: Session, message_id: int) -> None:
        message = lock_message(session, message_id)
        close_for_review(
            session, message, code="poison", note=COULD_NOT_PREPARE, now=self.clocks.clinic(session)
        )
