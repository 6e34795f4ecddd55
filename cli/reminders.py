"""`reminders`: planned texts. Hold, cancel or release a single one; release what the brake holds."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options, whole_number
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.moments import spoken
from cli.printing import print_rows
from cli.records import ACTOR
from clock import now
from desk.listed_rows import reminder_row
from models.clinic import Clinic
from models.listings import list_reminders
from models.reminder import Reminder
from outbox.brake import release_hold
from phone import parse_phone
from scheduler import reminders

COLUMNS = ("id", "due_at", "phone", "name", "step", "status", "reason")

Change = Callable[[Session, int, datetime], Reminder]


def describe(parser: Parser) -> None:
    """reminders list | hold | cancel | release."""
    acts = add_acts(parser)
    listing = add_act(acts, "list", "every planned text, by its moment", list_steps)
    add_list_options(listing)
    listing.add_argument("--phone", help="only those to this number")
    for name, meaning, act in (
        ("hold", "keep one back until it is released", hold),
        ("cancel", "cancel one for good", cancel),
    ):
        change = add_act(acts, name, meaning, act)
        add_clinic(change)
        change.add_argument("reminder", metavar="ID", type=whole_number)
        change.add_argument("--by", default="the command line", type=NAME, help="who decided")
    release = add_act(acts, "release", "let a held one go; without ID: let go what the brake holds", let_go)
    add_clinic(release)
    release.add_argument("reminder", metavar="ID", nargs="?", type=whole_number)


def list_steps(desk: Desk, options: Options) -> None:
    """Print every step with its moment and reason."""
    number = parse_phone(options.phone) if options.phone else None
    with desk.reading(options) as (session, clinic):
        zone = zone_of(clinic)
        rows = [
            reminder_row(step, conversation, client, zone)
            for step, conversation, client in list_reminders(session, clinic_id=clinic.id, number=number)
        ]
    print_rows(rows, as_json=options.json, columns=COLUMNS, nothing="nothing is planned")


def hold(desk: Desk, options: Options) -> None:
    """Keep one step back."""

    def change(session: Session, reminder_id: int, moment: datetime) -> Reminder:
        return reminders.hold(session, reminder_id, by=options.by, actor=ACTOR, now=moment)

    _change(desk, options, change)


def cancel(desk: Desk, options: Options) -> None:
    """Cancel one step for good."""

    def change(session: Session, reminder_id: int, moment: datetime) -> Reminder:
        return reminders.cancel(session, reminder_id, by=options.by, actor=ACTOR, now=moment)

    _change(desk, options, change)


def let_go(desk: Desk, options: Options) -> None:
    """Release one step, or everything the brake holds."""
    if options.reminder is None:
        _release_brake(desk, options)
        return
    rules = desk.pack.plan

    def change(session: Session, reminder_id: int, moment: datetime) -> Reminder:
        return reminders.release(session, reminder_id, actor=ACTOR, rules=rules, now=moment)

    _change(desk, options, change)


def _release_brake(desk: Desk, options: Options) -> None:
    with desk.writing(options) as (session, clinic):
        was_held = release_hold(session, clinic_id=clinic.id, by=ACTOR, now=now(session))
    print("Automatic texts may leave again." if was_held else "No automatic texts were held by the brake.")


def _change(desk: Desk, options: Options, change: Change) -> None:
    with desk.writing(options) as (session, clinic):
        _find(session, clinic, options.reminder)
        step = change(session, options.reminder, now(session))
        print(
            f"Reminder {step.id} ({step.step}) is {step.status}; due {spoken(step.due_at, zone_of(clinic))}."
        )


def _find(session: Session, clinic: Clinic, reminder_id: int) -> None:
    step = session.get(Reminder, reminder_id)
    if step is None or step.clinic_id != clinic.id:
        raise Mistake(f"there is no reminder {reminder_id}; see: app.py reminders list")
