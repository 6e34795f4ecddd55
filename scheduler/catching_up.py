"""Takes in the texts that the carrier has and we do not, STOP above all. Sends nothing."""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from bot.conversation import NotOurNumber, handle_inbound
from bot.voice import Voice
from carriers.base import InboundText, ListingFailed
from clock import now as clinic_now
from deployment import Deployment
from models.clinic import find_clinic_number
from models.installation import machine_now
from models.lease import forget_leases
from outbox.alarm import raise_system_alert
from outbox.delivery import DATABASE_TROUBLE, MOST_FAILURES
from outbox.missed import Missed, find_missed
from outbox.reconcile import only_one

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 0.5
ASK_FOR = timedelta(seconds=30)
TAKE_IN_FOR = timedelta(seconds=90)  # several times as long as a process of ours that froze holds a row
CANNOT_READ = "a client's text cannot be taken in: read {sid} in the carrier's log, it may be STOP or urgent"


class TextsLeftOut(Exception):
    """Missed texts that could not be taken in yet; the others are in."""

    def __init__(self, texts: Sequence[InboundText]) -> None:
        super().__init__(f"{len(texts)} missed texts")
        self.texts = texts


def catch_up(here: Deployment, stopping: threading.Event) -> bool:
    """Before a text leaves: what came in while we could not take it in. False = we are `stopping`.

    A database in trouble and another process that is at it are waited for. A carrier that cannot be asked is asked for
    ASK_FOR, a single text that cannot be taken in is tried for TAKE_IN_FOR and then put before a person; after that
    texts leave all the same: an urgent one may be among them.
    """
    since = time.monotonic()
    while not stopping.is_set():
        try:
            _forget_dead_holders(here)
            if take_in_missed(here):
                return True
            since = time.monotonic()
        except TextsLeftOut as left_out:
            if _is_over(TAKE_IN_FOR, since):
                _give_up_all(here, left_out.texts)
        except DATABASE_TROUBLE as error:
            log.warning("the database cannot be asked what was missed", error=type(error).__name__)
            since = time.monotonic()
        except Exception:  # whatever it was, a STOP may be among what was missed
            log.warning("what was missed could not be taken in yet", exc_info=True)
            if _is_over(ASK_FOR, since):
                log.error("texts leave without the carrier having been asked what was missed")
                return True
        stopping.wait(ASK_AGAIN_S)
    return False


def _is_over(span: timedelta, since: float) -> bool:
    return time.monotonic() - since >= span.total_seconds()


def take_in_missed(here: Deployment) -> bool:
    """Texts the carrier has and we do not: taken in as if they had just come, but known to be late.

    False = another process is at it. Once all others are in: raises TextsLeftOut, or ListingFailed where a number's
    list could not be read.
    """
    with only_one(here.database, "missed", lease=here.settings.lease) as is_ours:
        if is_ours:
            _take_in_all(here, find_missed(here.database, here.carrier))
    return is_ours


def fetch_missed(here: Deployment) -> None:
    """What no process of ours was told of by itself. A text that is there and cannot be taken in stops all sending."""
    try:
        take_in_missed(here)
    except TextsLeftOut:
        here.backlog.suspect()


def _take_in_all(here: Deployment, missed: Missed) -> None:
    left_out = list(missed.left_out)
    for inbound in missed.texts:
        try:
            _take_in(here, inbound)
        except DATABASE_TROUBLE as error:
            log.warning("missed text not taken in yet", sid=inbound.sid, error=type(error).__name__)
            left_out.append(inbound)
        except Exception:
            log.exception("missed text given up, and nobody told", sid=inbound.sid)
        here.wake.set()
    if any(inbound.sid not in here.backlog.given_up for inbound in left_out):
        raise TextsLeftOut(left_out)
    if not missed.is_whole:
        raise ListingFailed


def _take_in(here: Deployment, inbound: InboundText) -> None:
    """One missed text. One that our own code fails on goes before a person, as a text to be sent would."""

    def act(session: Session) -> None:
        handle_inbound(session, inbound, clinic_now(session), voice=voice_of(here))

    for _ in range(MOST_FAILURES):
        try:
            here.database.settle(act)
        except NotOurNumber:
            log.warning("missed text is not for one of our numbers", sid=inbound.sid)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            log.exception("missed text not taken in", sid=inbound.sid)
            continue
        return
    _give_up(here, inbound)


def _give_up_all(here: Deployment, texts: Sequence[InboundText]) -> None:
    for inbound in texts:
        _give_up(here, inbound)


def _give_up(here: Deployment, inbound: InboundText) -> None:
    """Tell staff, once while we run. It stays on the carrier's list and is tried whenever that is read."""
    if inbound.sid in here.backlog.given_up:
        return
    log.error("missed text given up", sid=inbound.sid)
    with here.database.write() as session:
        number = find_clinic_number(session, inbound.to_number)
        if number is not None:
            raise_system_alert(
                session,
                clinic_id=number.clinic_id,
                note=CANNOT_READ.format(sid=inbound.sid),
                now=clinic_now(session),
                machine=machine_now(session),
            )
    here.backlog.given_up.add(inbound.sid)


def _forget_dead_holders(here: Deployment) -> None:
    """On SQLite only one `run` lives: who held a lease is dead, or ours, and to repeat its work is safe."""
    if here.database.is_sqlite:
        with here.database.write() as session:
            forget_leases(session)


def voice_of(here: Deployment) -> Voice:
    """What the bot speaks with; in simulation every text counts as approved."""
    return Voice.of_installation(here.pack, here.vocabulary, here.settings)
