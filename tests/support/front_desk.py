"""Staff of a World at their work, one change at a time, chosen by chance. Says what may not leave any more."""

from contextlib import suppress
from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.register import close_alert
from desk.clients import ClientError
from desk.erase import erase_client
from messages.catalogue import shipped_pack
from models.alert import Alert
from models.client import find_client
from models.clinic import list_clinics
from models.message import Message
from models.reminder import Reminder
from models.staff import Staff
from models.visit import Treatment, Visit
from scheduler.alert_holds import settle_after_alert
from scheduler.enrolment import NewClient, enrol
from scheduler.reminders import ReminderClosed, cancel
from scheduler.visits import VisitError, cancel_treatment, correct_treatment
from tests.support.begun import Owner, owner_of_row, owner_of_step
from tests.support.factories import CLIENT_NUMBER, make_staff
from tests.support.line import OPT_OUT_KEY
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
            row = chance.choice(rows)
            is_last = [each.visit_id for each in rows].count(row.visit_id) == 1
            cancel_treatment(
                session,
                row.id,
                actor="staff:1",
                reason="entered by mistake",
                rules=rules(),
                now=self._world.clock.at,
            )
            steps = session.scalars(select(Reminder.step).where(Reminder.visit_id == row.visit_id))
            return [owner_of_step(row.visit_id, step) for step in steps] if is_last else []

    def cancel_a_step(self, chance: Random) -> list[Owner]:
        """One planned step, if it can still be stopped; one that waits for its turn before any other."""
        with self._database.write() as session:
            all_ids = select(Reminder.id).order_by(Reminder.id)
            ids = list(session.scalars(all_ids.where(Reminder.status == "enqueued")))
            ids = ids or list(session.scalars(all_ids))
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
                session, clinic, who, pack=shipped_pack(), now=self._world.clock.at, opt_out_key=OPT_OUT_KEY
            )
            self._world.client_id, self.has_client = client.id, True

    def close_alerts(self, choice: str) -> list[Owner]:
        """Every open one; `choice` (resume | cancel) says what becomes of the steps they hold."""
        now, ended = self._world.clock.at, list[Owner]()
        with self._database.write() as session:
            for alert in list(session.scalars(select(Alert).where(Alert.closed_at.is_(None)))):
                close_alert(session, alert, by="Dana", outcome="seen", reminders_choice=choice, now=now)
                if alert.conversation_id is None:
                    continue
                if choice == "cancel":
                    ended += self._held_by_alert(session, alert.conversation_id)
                settle_after_alert(
                    session, alert.conversation_id, choice=choice, by="Dana", rules=rules(), now=now
                )
        return ended

    def _held_by_alert(self, session: Session, conversation_id: int) -> list[Owner]:
        """Steps of a number that an alert keeps back, whether or not the tick has come to it."""
        is_kept = Reminder.status.in_(("planned", "enqueued")) | (Reminder.held_by == "alert")
        rows = session.scalars(select(Reminder).where(Reminder.conversation_id == conversation_id, is_kept))
        return [owner_of_step(row.visit_id, row.step) for row in rows]

    def _standing(self, session: Session) -> list[Treatment]:
        """Treatments nobody has taken back."""
        rows = select(Treatment).join(Visit, Visit.id == Treatment.visit_id)
        standing = rows.where(Treatment.cancelled_at.is_(None), Visit.cancelled_at.is_(None))
        return list(session.scalars(standing.order_by(Treatment.id)))
