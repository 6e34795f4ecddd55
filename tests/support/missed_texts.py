"""An installation with two answers in its queue and a carrier that may hold a STOP: for tests of what was missed."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.conversation import handle_inbound
from carriers.base import InboundText, Listing, ListingFailed, MediaItem
from config import Settings
from deployment import Deployment, open_deployment
from models.alert import list_open_alerts
from models.clinic import list_clinics
from models.message import Message
from scheduler.catching_up import catch_up, voice_of
from scheduler.jobs import make_sender
from tests.support.factories import number_of
from tests.support.line import quieten_log
from tests.support.migrated import bring_up_copy
from tests.support.scripted_carrier import HandClock, ScriptedCarrier

OURS, ASKS, SAYS_STOP = "+15735550100", "+15735550111", "+15735550112"


class SlowToList(ScriptedCarrier):
    """What came in is listed when the test says so, save to numbers that cannot be read."""

    def __init__(self) -> None:
        super().__init__(HandClock(datetime.now(UTC)))
        self.may_list = threading.Event()
        self.unread_numbers: set[str] = set()
        self.media_failures = 0

    def list_received_by(self, our_number: str, *, since: datetime) -> Listing:
        self.may_list.wait(30)
        if our_number in self.unread_numbers:
            raise ListingFailed
        return super().list_received_by(our_number, since=since)

    def list_media(self, sid: str) -> Sequence[MediaItem]:
        if self.media_failures:
            self.media_failures -= 1
            raise ListingFailed
        return super().list_media(sid)

    @property
    def told(self) -> set[str]:
        """Who got the answer."""
        return {sent.to_number for sent in self.sends if "exercise" in sent.body}


def open_here(settings: Settings, carrier: SlowToList) -> Deployment:
    """Its clinic has one number."""
    quieten_log()
    bring_up_copy(settings)
    opened = open_deployment(replace(settings, tick=timedelta(milliseconds=50)))
    with opened.database.write() as session:
        number_of(session, list_clinics(session)[0]).number = OURS
    return replace(opened, carrier=carrier)


def queue_two_answers(here: Deployment) -> None:
    """To the phone that asks and to the one that will say STOP."""
    for number in (ASKS, SAYS_STOP):
        asked = InboundText(
            sid=f"SM{number[1:]:0>32}", from_number=number, to_number=OURS, body="Can I work out?"
        )
        with here.database.write() as session:
            handle_inbound(session, asked, datetime.now(UTC), voice=voice_of(here))


def settle_and_send(here: Deployment, carrier: SlowToList) -> None:
    """What a process does at its start: take in what was missed, then send what may leave."""
    carrier.may_list.set()
    here.backlog.suspect()
    here.backlog.settle(lambda: catch_up(here, threading.Event()), 0)
    make_sender(here).run_until_quiet()


def alert_notes(here: Deployment) -> str:
    """What staff are told by open alerts."""
    with here.database.read() as session:
        alerts = list_open_alerts(session, clinic_id=list_clinics(session)[0].id)
        return " ".join(alert.note or "" for alert in alerts)


def count_waiting_texts(here: Deployment) -> int:
    """Texts that have not left and may."""
    with here.database.read() as session:
        waiting = ("queued", "claimed", "in_flight")
        return (
            session.query(Message).filter(Message.direction == "outbound", Message.state.in_(waiting)).count()
        )
