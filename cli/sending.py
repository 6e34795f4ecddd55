"""`sending`: what holds texts back, since when, and letting go what a person may let go."""

from datetime import datetime

from sqlalchemy.orm import Session

from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.printing import Row, print_rows
from cli.records import ACTOR, record
from clinic_time.written_moment import iso
from clock import now
from models.clinic import Clinic, list_clinics
from models.installation import installation
from models.staff import list_staff
from outbox.brake import release_hold
from outbox.stop import resume_sending

COLUMNS = ("hold", "clinic", "since", "reason", "next")


def describe(parser: Parser) -> None:
    """sending status | resume."""
    acts = add_acts(parser)
    add_list_options(add_act(acts, "status", "what holds texts back, and since when", show_status))
    resume = add_act(acts, "resume", "somebody put it right: let go what a person may let go", let_go)
    add_clinic(resume)
    resume.add_argument("--by", required=True, metavar="NAME", type=NAME, help="who decided")


def show_status(desk: Desk, options: Options) -> None:
    """One line a hold."""
    with desk.database.read() as session:
        clinics = _chosen(desk, session, options)
        rows = [row for clinic in clinics for row in _holds_of(session, clinic)]
    print_rows(rows, as_json=options.json, columns=COLUMNS, nothing="nothing holds texts back")


def _holds_of(session: Session, clinic: Clinic) -> list[Row]:
    us = installation(session)
    holds = (
        (
            "everything",
            us.sending_stopped_since,
            us.sending_stopped_reason,
            "put it right, then: sending resume --by NAME",
        ),
        (
            "reminders",
            us.reminders_wait_since,
            "an older state was put back; the carrier's list is read first",
            "leave it running; nobody can shorten this",
        ),
        (
            "automatic texts",
            clinic.automatic_held_since,
            clinic.automatic_held_reason,
            "look at `reminders list`, then: sending resume --by NAME",
        ),
    )
    return [_row(clinic, *hold) for hold in holds if hold[1] is not None]


def _row(clinic: Clinic, hold: str, since: datetime | None, reason: str | None, cure: str) -> Row:
    assert since is not None  # noqa: S101  (the caller keeps only holds that stand)
    return {
        "hold": hold,
        "clinic": clinic.name,
        "since": iso(since, zone_of(clinic)),
        "reason": reason,
        "next": cure,
    }


def let_go(desk: Desk, options: Options) -> None:
    """Start sending again after a stop, and release the brake. The wait after a restore ends by itself."""
    with desk.database.write() as session:
        clinics = _chosen(desk, session, options)
        was_stopped = installation(session).sending_stopped_since is not None
        if was_stopped:
            resume_sending(session)
            _audit(session, clinics, options.by)
        released = [
            clinic.name
            for clinic in clinics
            if release_hold(
                session, clinic_id=clinic.id, by=_actor(session, clinic, options.by), now=now(session)
            )
        ]
        still_waits = installation(session).reminders_wait_since is not None
    print(_told(was_stopped, released, still_waits))


def _actor(session: Session, clinic: Clinic, name: str) -> str:
    """The audit holds no names: a member of staff by id, anybody else as the command line."""
    same = [person for person in list_staff(session, clinic.id) if person.name.casefold() == name.casefold()]
    return f"staff:{same[0].id}" if len(same) == 1 else ACTOR


def _audit(session: Session, clinics: list[Clinic], by: str) -> None:
    for clinic in clinics:
        actor = _actor(session, clinic, by)
        record(session, "resume_sending", clinic_id=clinic.id, kind="clinic", id=clinic.id, actor=actor)


def _told(was_stopped: bool, released: list[str], still_waits: bool) -> str:
    done = ["Texts may leave again."] if was_stopped else []
    done += [f"Automatic texts of {name} may leave again." for name in released]
    if still_waits:
        done.append("Reminders still wait for the carrier's list; that ends by itself.")
    return " ".join(done) or "Nothing was held back that a person may let go."


def _chosen(desk: Desk, session: Session, options: Options) -> list[Clinic]:
    clinics = [desk.clinic(session, options.clinic)] if options.clinic else list_clinics(session)
    if not clinics:
        raise Mistake("there is no clinic yet; run: app.py migrate")
    return clinics
