"""Staff of a World at their work, one change at a time, chosen by chance. Says what may not leave any more."""

from contextlib import suppress
from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.register import close_alert
from desk.clients import ClientError
from desk.erase import erase_client
from models.alert import Alert
from models.client import find_client
from models.clinic import list_clinics
from models.message import Message
from models.reminder import Reminder
from models.staff import Staff
from models.visit import Treatment, Visit
from scheduler.enrolment import NewClient, enrol
from scheduler.reminders import ReminderClosed, cancel
from scheduler.visits import VisitError, cancel_treatment, correct_treatment
from tests.support.begun import Owner, owner_of_row, owner_of_step
from tests.support.factories import CLIENT_NUMBER, make_staff
from tests.support.line import OPT_OUT_KEY, the_pack
from tests.support.world import World, rules


class FrontDesk:
    """What staff do to the one client of a World."""

    def __init__(self, world: World) -> None:
        self._world, self._database = world, world.line.database
        self.has_client = True
        with self._database.write() as session:
            self._staff_id = make_staff(session, list_clinics(session)[0]).id

    def correct_a_treatment(self, chance: Random, by: timedelta) -> None:
        """One was given earlier or later than was entered, though not in time to come; a refusal changes nothing."""
        now = self._world.clock.at
        with suppress(VisitError), self._database.write() as session:
            rows = self._standing(session)
            if rows:
                row = chance.choice(rows)
                at = min(row.injected_at + by, now)
                correct_treatment(session, row.id, injected_at=at, actor="staff:1", rules=rules(), now=now)

    def cancel_a_treatment(self, chance: Random) -> list[Owner]:
        """One was never given; with a visit's last one go all its steps."""
        with self._database.write() as session:
            rows = self._standing(session)
            if not rows:
                return []
            visit = cancel_treatment(
                session,
                chance.choice(rows).id,
                actor="staff:1",
                reason="entered by mistake",
                rules=rules(),
                now=self._world.clock.at,
            ).visit
            if visit.cancelled_at is None:
                return []
            steps = session.scalars(select(Reminder.step).where(Reminder.visit_id == visit.id))
            return [owner_of_step(visit.id, step) for step in steps]

    def cancel_a_step(self, chance: Random) -> list[Owner]:
        """One planned step, if it can still be stopped."""
        with self._database.write() as session:
            ids = list(session.scalars(select(Reminder.id).order_by(Reminder.id)))
            if not ids:
                return []
            try:
                row = cancel(
                    session, chance.choice(ids), by="Dana", actor="staff:1", now=self._world.clock.at
                )
            except ReminderClosed:
                return []
            return [owner_of_step(row.visit_id, row.step)]

    def erase_client(self) -> list[Owner]:
        """The texts that were on file by then; none where an open alert forbids it."""
        with self._database.write() as session:
            client = find_client(session, self._world.client_id)
            theirs = select(Message.id).where(Message.conversation_id == client.conversation_id)
            ids = list(session.scalars(theirs))
            try:
                erase_client(
                    session,
                    client,
                    session.get_one(Staff, self._staff_id),
                    typed_name=client.name,
                    opt_out_key=OPT_OUT_KEY,
                    now=self._world.clock.at,
                )
            except ClientError:
                return []
        self.has_client = False
        return [owner_of_row(message_id) for message_id in ids]

    def enter_client(self) -> None:
        """The person is back, on the same number."""
        who = NewClient("Ana", CLIENT_NUMBER, care=True, promo=False, how="in person", by=str(self._staff_id))
        with self._database.write() as session:
            clinic = list_clinics(session)[0]
            client = enrol(
                session, clinic, who, pack=the_pack(), now=self._world.clock.at, opt_out_key=OPT_OUT_KEY
            )
            self._world.client_id, self.has_client = client.id, True

    def close_alerts(self, choice: str) -> None:
        """Every open one; `choice` (resume | cancel) says what becomes of the steps it holds."""
        with self._database.write() as session:
            for alert in list(session.scalars(select(Alert).where(Alert.closed_at.is_(None)))):
                close_alert(
                    session,
                    alert,
                    by="Dana",
                    outcome="seen",
                    reminders_choice=choice,
                    now=self._world.clock.at,
                )

    def _standing(self, session: Session) -> list[Treatment]:
        """Treatments nobody has taken back."""
        rows = select(Treatment).join(Visit, Visit.id == Treatment.visit_id)
        standing = rows.where(Treatment.cancelled_at.is_(None), Visit.cancelled_at.is_(None))
        return list(session.scalars(standing.order_by(Treatment.id)))
