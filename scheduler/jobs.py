"""The jobs of the clock: which work is asked for how often.

Due work is rows in the database, so a tick that comes late, twice or never only moves it by a tick.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from alerts.page_words import PageWords
from alerts.paging import page_next
from bot.voice import Voice
from clock import now as clinic_now
from config.relations import LOOKS_EVERY
from deployment import Deployment
from models.api_answer import forget_answers
from models.audit_chain import chain_audit
from models.clinic import list_clinics
from models.installation import TICK, beat, installation, machine_now
from models.lease import is_alone
from models.planning import numbers_held_by
from outbox.delivery import Sender
from outbox.lookup import look_up_unknown, show_overdue
from outbox.reconcile import compare_after_restore, only_one, refresh_stuck
from outbox.stop import probe
from outbox.timing import Clocks, Spans, pace_of
from scheduler.catching_up import fetch_missed, take_in_missed, voice_of
from scheduler.due import HELD_FOR_WORDS, enqueue_due, release_words_of
from scheduler.put_right import put_right

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ROUND, MOST_ROUNDS = 10, 50  # steps a transaction, so that a client's text never waits long; rounds a tick
ANSWERS_KEPT = 24 * HOUR  # how long another system may repeat a call with its key
CHAINED_AFTER = MINUTE  # younger audit rows may still have an older one in another transaction


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the clock. `every` None = the tick of the settings."""

    name: str
    every: timedelta | None
    act: Callable[[Deployment], object]


def tick(here: Deployment) -> None:
    """What is due becomes texts; the beat is written by the same transaction, so a tick that fails goes red."""
    for _ in range(MOST_ROUNDS):
        if not here.database.settle(lambda session: _tick(session, voice_of(here))):
            return
        here.wake.set()


def _tick(session: Session, voice: Voice) -> bool:
    """One round, by one worker at a time: a second one would only wait for the first one's rows."""
    if not is_alone(session, TICK):
        return False
    done = enqueue_due(session, clinic_now(session), voice=voice, limit=ROUND)
    beat(session, TICK, machine_now(session))
    return done.did_anything


def release_words(here: Deployment) -> None:
    """Held steps whose words were mended in the pack's files, or whose client speaks another language now.

    A transaction each, so that a client's text never waits long. Approvals free them at once, by themselves.
    """
    with here.database.read() as session:
        waiting = [
            conversation_id
            for clinic in list_clinics(session)
            for conversation_id in numbers_held_by(session, clinic_id=clinic.id, holder=HELD_FOR_WORDS)
        ]
    for conversation_id in waiting:
        here.database.settle(partial(_release_words, conversation_id=conversation_id, voice=voice_of(here)))


def _release_words(session: Session, *, conversation_id: int, voice: Voice) -> int:
    return release_words_of(session, conversation_id, voice, now=clinic_now(session))


def page(here: Deployment) -> None:
    """Alerts nobody has taken go to the next on-call phone."""
    with here.database.write() as session:
        words = PageWords(here.pack, here.settings.public_url)
        written = page_next(session, clinic_now(session), machine_now(session), words=words)
    if written:
        here.wake.set()


def look_up(here: Deployment) -> None:
    """Ask the carrier about sends whose outcome is unknown; while another process asks, show what is overdue."""
    spans = Spans.from_settings(here.settings)
    with only_one(here.database, "look up", lease=here.settings.lease) as is_ours:
        if not is_ours:
            show_overdue(here.database, spans=spans)
        elif look_up_unknown(here.database, here.carrier, spans=spans):
            here.wake.set()


def end_restore(here: Deployment) -> None:
    """After a restore: missed texts first, STOP above all, then due steps are compared with the carrier's list.

    Raises as take_in_missed where not all of them are in: then reminders go on waiting.
    """
    with here.database.read() as session:
        if installation(session).reminders_wait_since is None:
            return
    if not take_in_missed(here):
        return  # another process is still at it, and a STOP may be among them
    with only_one(here.database, "restore", lease=here.settings.lease) as is_ours:
        if is_ours and compare_after_restore(here.database, here.carrier):
            here.wake.set()


def ask_for_credentials(here: Deployment) -> None:
    """Where the carrier refused our credentials: see whether it takes them again, and go on sending."""
    if probe(here.database, here.carrier, clocks=Clocks()):
        here.wake.set()


def refresh(here: Deployment) -> None:
    """Ask the carrier about texts whose delivery has not been reported for a day."""
    with only_one(here.database, "stuck", lease=here.settings.lease) as is_ours:
        if is_ours:
            refresh_stuck(here.database, here.carrier)


def collect_photos(here: Deployment) -> None:
    """Fetch the pictures of texts from the carrier, clean and store them."""
    from photos.collect import collect_all  # brings image libraries in; the command line does without

    collect_all(here.database, here.photo_store(), here.fetch_photo)


def sweep_photos(here: Deployment) -> None:
    """Files that a crash left behind, and pictures attached to replies that were never sent."""
    from photos.sweeping import drop_unsent, sweep_orphans

    with here.database.read() as session:
        now, machine = clinic_now(session), machine_now(session)
    sweep_orphans(here.database, here.photo_store(), machine=machine)
    drop_unsent(here.database, here.photo_store(), now=now)


def delete_carrier_copies(here: Deployment) -> None:
    """Copies of photos at the carrier that a backup of ours has made needless."""
    from photos import carrier_copies

    with only_one(here.database, "carrier copies", lease=here.settings.lease) as is_ours:
        if is_ours:
            with here.database.read() as session:
                now = clinic_now(session)
            keep_for = here.settings.carrier_delete_after
            carrier_copies.delete_carrier_copies(
                here.database, here.carrier.delete_media, keep_for=keep_for, now=now
            )


def chain(here: Deployment) -> None:
    """Chain the audit of each clinic."""
    with here.database.write() as session:
        before = clinic_now(session) - CHAINED_AFTER
        for clinic in list_clinics(session):
            chain_audit(session, clinic_id=clinic.id, before=before)


def tell_simulated_reports(here: Deployment) -> None:
    """The simulated carrier reports delivery, as a real one would by itself."""
    post_due_reports = getattr(here.carrier, "post_due_reports", None)
    if post_due_reports is not None:
        post_due_reports()


def forget_old_answers(here: Deployment) -> None:
    """Answers kept for a repeated call name people: a day is enough."""
    with here.database.write() as session:
        forget_answers(session, before=machine_now(session) - ANSWERS_KEPT)


def put_clock_right(here: Deployment) -> None:
    """What was written while machine time was ahead waits no longer than it would have to otherwise."""
    spans, pace = Spans.from_settings(here.settings), pace_of(here.settings)
    with here.database.write() as session:
        moved = put_right(session, machine=machine_now(session), spans=spans, pace=pace)
    if moved:
        here.wake.set()


JOBS = (
    Job("machine time set back", MINUTE, put_clock_right),
    Job("tick", None, tick),
    Job("steps held for their words", 5 * MINUTE, release_words),
    Job("page", None, page),
    Job("simulated reports", None, tell_simulated_reports),
    Job("look up unknown sends", LOOKS_EVERY, look_up),
    Job("missed texts", 5 * MINUTE, fetch_missed),
    Job("end of a restore", MINUTE, end_restore),
    Job("refused credentials", MINUTE, ask_for_credentials),
    Job("photos", 2 * SECOND, collect_photos),
    Job("sweep photos", HOUR, sweep_photos),
    Job("photos at the carrier", HOUR, delete_carrier_copies),
    Job("stuck texts", 10 * MINUTE, refresh),
    Job("chain the audit", MINUTE, chain),
    Job("answers to other systems", HOUR, forget_old_answers),
)


def make_sender(here: Deployment) -> Sender:
    """One worker's sender."""
    return Sender.from_settings(here.database, here.carrier, here.settings, here.backlog)
