"""Checks of one clinic: who is alerted, what was signed, what differs. Each returns what it found."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from access.roles import Role
from bot.phrase_safety import check_pack_phrases, find_unsafe
from bot.vocabulary import shipped_vocabulary
from cli.checks import Finding, look, wrong
from cli.words import unapproved
from clinic_time.holiday_calendar import HolidaysError, parse_holidays
from clinic_time.opening_hours import OpeningHoursError, parse_opening_hours
from config import Settings
from desk.first_clinic import differences
from desk.phrases import clinic_phrases, regression_lines
from messages.catalogue import Pack, shipped_pack
from messages.clinic_edits import load_edits
from messages.edits import Edit
from messages.problems import PackError, Problem
from models.clinic import Clinic, list_clinics
from models.staff import list_on_call, list_staff

MEND_WORDS = "edit it at the desk under Settings, Words, or take the pack's words back"
REMOVE_PHRASE = "remove it at the desk under Settings, Words; a person answers such a text then"


def check_on_call(_settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """Somebody must get the alerts."""
    phones = list_on_call(session, clinic.id)
    add = "run: app.py oncall add --name NAME --phone PHONE"
    if not phones:
        return wrong(f"{clinic.name}: no on-call phone; an urgent text would only show on the screen", add)
    stopped = [row.name for row in phones if row.stopped_at]
    if len(stopped) == len(phones):
        return wrong(f"{clinic.name}: every on-call phone has texted STOP", "text START from them, or " + add)
    return [
        finding
        for name in stopped
        for finding in look(f"{clinic.name}: the on-call phone {name} has texted STOP", "text START from it")
    ]


def check_emergency_words(settings: Settings, _session: Session, clinic: Clinic) -> list[Finding]:
    """A clinician stands for what a client in danger is told."""
    if clinic.emergency_words_confirmed_by:
        return []
    say = look if settings.carrier == "simulated" else wrong
    return say(
        f"{clinic.name}: no clinician's name stands under the emergency words",
        "let one read them, then run: app.py words confirm-emergency --by NAME",
    )


def check_words(settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """What goes to a person because nobody has signed it."""
    try:
        waiting = list(unapproved(shipped_pack(), load_edits(session, clinic.id)))
    except PackError as error:
        return wrong(f"the words cannot be used: {str(error).splitlines()[0]}", "correct the file it names")
    if not waiting or settings.carrier == "simulated":
        return []
    languages = ", ".join(sorted({row.language for row in waiting}))
    return look(
        f"{clinic.name}: {len(waiting)} texts are not approved ({languages}); a person answers instead",
        "read them with app.py words list, then run: app.py words approve --all --by NAME",
    )


def check_own_words(_settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """The clinic's own wording, stored before a rule it breaks was there."""
    try:
        pack = shipped_pack()
    except PackError:
        return []  # check_words says so
    return [
        finding
        for key, edit in load_edits(session, clinic.id).by_text.items()
        for problem in _problems_of(pack, key, edit)
        for finding in wrong(f"{clinic.name}: your own words of {', '.join(key)}: {problem.what}", MEND_WORDS)
    ]


def _problems_of(pack: Pack, key: tuple[str, str, str], edit: Edit) -> tuple[Problem, ...]:
    """None of the pack's own words, nor of a text that is no longer in the pack: neither is sent from here."""
    if edit.text is None:
        return ()
    try:
        return pack.check_edit(*key, edit.text)
    except KeyError:
        return ()


def check_phrases(_settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """Phrases of the files and of the dashboard that would answer what only a person may."""
    try:
        pack = shipped_pack()
    except PackError:
        return []  # check_words says so
    own = clinic_phrases(session, clinic.id)
    if not own and not any(pack.phrases(language) for language in pack.languages):
        return []
    vocabulary = shipped_vocabulary()
    in_files = check_pack_phrases(pack, vocabulary, regression_lines(session, clinic.id))
    at_desk = find_unsafe(own, vocabulary)
    return [
        *(
            finding
            for one in in_files
            for finding in wrong(f"{clinic.name}: {one.where}: {one.what}", one.cure)
        ),
        *(
            finding
            for one in at_desk
            for finding in wrong(f"{clinic.name}: the phrase {one.phrase!r} {one.why}", REMOVE_PHRASE)
        ),
    ]


def check_settings(settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """CLINIC_* are read once; what differs since is not used."""
    if clinic.id != list_clinics(session)[0].id:
        return []
    return [
        finding
        for name in differences(session, settings)
        for finding in look(
            f"{name} no longer says what is stored for {clinic.name}; the stored value is used",
            "change it at the desk under Settings, or set the variable to what is stored",
        )
    ]


def check_calendar(_settings: Settings, _session: Session, clinic: Clinic) -> list[Finding]:
    """Opening hours and holidays that can be read."""
    try:
        parse_opening_hours(clinic.hours)
        parse_holidays(clinic.holidays)
    except (OpeningHoursError, HolidaysError) as error:
        return wrong(f"{clinic.name}: {error}", "correct it at the desk under Settings")
    return []


def check_staff(_settings: Settings, session: Session, clinic: Clinic) -> list[Finding]:
    """Somebody must be able to change settings."""
    if any(row.role == Role.OWNER and row.disabled_at is None for row in list_staff(session, clinic.id)):
        return []
    return look(
        f"{clinic.name}: no owner may sign in",
        "run: app.py staff add --email EMAIL --name NAME --role owner --password-stdin",
    )


CLINIC_CHECKS: tuple[Callable[[Settings, Session, Clinic], list[Finding]], ...] = (
    check_on_call,
    check_emergency_words,
    check_words,
    check_own_words,
    check_phrases,
    check_settings,
    check_calendar,
    check_staff,
)
