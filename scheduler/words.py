"""The words of one planned step: the pack's text in the client's language, with the visit's own times and names."""

from collections.abc import Sequence
from datetime import datetime

from clinic_time.local_time import day_number
from clinic_time.spoken_time import spoken_time
from messages.catalogue import Edits, MissingValue, Moment, Pack, Words
from messages.values import clinic_values, exercise_ends_at, visit_values
from models.reminder import Reminder
from models.visit import Visit
from scheduler.caps import SHARED
from scheduler.corrections import CORRECTION, is_correction
from scheduler.number_plan import NumberPlan

AND = {"en": " and ", "es": " y "}
ONE_TEXT = 1  # segments; a greeting by name is not worth a second one


def topic_of(step: str) -> str:
    """The topic that holds a step's words."""
    return CORRECTION if is_correction(step) else step


def write_words(
    number: NumberPlan, row: Reminder, pack: Pack, edits: Edits, *, our_number: str, now: datetime
) -> Words:
    """The step's text as it would leave now. Raises MissingValue where it lacks a value or a variant.

    It names the client where that costs no second segment, and always where several share the number.
    """
    client = number.clients[row.client_id]
    visit = _visit_of(number, row)
    language = pack.language(client.language or number.conversation.language)
    values = _values(number, visit, pack, our_number, language, now)
    names = {"client_name": AND[language].join(_first_names(number, row))}
    named = _render(row, visit, number, pack, edits, language, {**values, **names}, now)
    if named.segments <= ONE_TEXT or len(number.clients) > 1:
        return named
    return _render(row, visit, number, pack, edits, language, values, now)


def sharing_visits(number: NumberPlan, row: Reminder) -> list[Visit]:
    """The visits this text speaks for: its own first, then those of the day that share it."""
    own = _visit_of(number, row)
    others = {
        other.visit_id
        for other in number.reminders
        if other.step == row.step and other.status == "skipped" and other.reason == SHARED
    }
    return [
        own,
        *(visit for visit in number.visits if visit.id in others and visit.local_day == own.local_day),
    ]


def _visit_of(number: NumberPlan, row: Reminder) -> Visit:
    return next(visit for visit in number.visits if visit.id == row.visit_id)


def _first_names(number: NumberPlan, row: Reminder) -> Sequence[str]:
    client_ids = sorted(visit.client_id for visit in sharing_visits(number, row))
    names = [number.clients[client_id].name for client_id in client_ids]
    return [name.split()[0] for name in names if name.strip()]


def _values(
    number: NumberPlan, visit: Visit, pack: Pack, our_number: str, language: str, now: datetime
) -> dict[str, str]:
    zone = number.setting_of(visit.client_id).zone
    dates = visit_values(
        injected_at=visit.injected_at,
        local_day=visit.local_day,
        now=now,
        zone=zone,
        language=language,
        plan=pack.plan,
    )
    # A text may wait in the queue past midnight: it names the weekday, never "tomorrow".
    ends = spoken_time(exercise_ends_at(visit.injected_at, pack.plan), now, zone, language, relative=False)
    return {
        **clinic_values(number.clinic, our_number, now=now, language=language),
        **dates,
        "exercise_from": ends,
    }


def _render(
    row: Reminder,
    visit: Visit,
    number: NumberPlan,
    pack: Pack,
    edits: Edits,
    language: str,
    values: dict[str, str],
    now: datetime,
) -> Words:
    topic = topic_of(row.step)
    moment = Moment(
        elapsed=now - visit.injected_at,
        day=day_number(visit.local_day, now, number.setting_of(visit.client_id).zone),
        refined=visit.kind == "refinement",
    )
    variant = pack.choose_variant(topic, language, moment)
    if variant is None:
        raise MissingValue(topic, "variant")
    return pack.render(topic, language, variant, values, edits)
