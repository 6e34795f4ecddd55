"""From a decision to the words of an answer. Pure: no database, no clock; must never write a sentence of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.decision import BOOKING, Action, Decision, QuestionReply, Urgency
from bot.reply import NOBODY, Part, Reply, ReplyFacts
from messages.catalogue import NO_EDITS, Edits, MissingValue, Moment, Pack, Words
from outbox.kinds import Kind

__all__ = ["Part", "Reply", "ReplyFacts", "compose", "is_disputed", "is_red_flag"]

MAY_BE_ANSWERED = (
    "It came before the database was restored and may have been answered then: look at the carrier's log."
)
MAX_SEGMENTS = 3  # RULES: an answer has at most three
STATED_TOLERANCE = timedelta(days=1)  # own choice: "three days ago" is rarely exact


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes the pack's texts in one language with one set of values."""

    pack: Pack
    edits: Edits
    language: str
    facts: ReplyFacts

    def say(self, kind: Kind, topic: str) -> Part:
        """A system or emergency text. Raises MissingValue."""
        return Part(kind, (self._render(topic, Moment()) or self._missing(topic),))

    def answer(self, topic: str, moment: Moment, *, without_dates: bool) -> Words | None:
        """The page's answer for a moment, None where it has none."""
        try:
            return self._render(topic, moment, without_dates=without_dates)
        except MissingValue:
            if moment == Moment():
                return None
            return self.answer(topic, Moment(), without_dates=True)

    def _render(self, topic: str, moment: Moment, *, without_dates: bool = False) -> Words | None:
        variant = self.pack.choose_variant(topic, self.language, moment)
        if variant is None:
            return None
        values = self.facts.values
        return self.pack.render(
            topic, self.language, variant, values, self.edits, without_dates=without_dates
        )

    def _missing(self, topic: str) -> Words:
        raise MissingValue(topic, "variant")


def compose(decision: Decision, facts: ReplyFacts, pack: Pack, edits: Edits = NO_EDITS) -> Reply:
    """The words a decision calls for, before any cap, silence or opt-out is looked at.

    Raises MissingValue where a text that must be sent lacks a value.
    """
    pen = Pen(pack, edits, pack.language(decision.language), facts)
    if is_red_flag(decision):
        return _write_red_flag(decision, pen)
    if facts.may_be_answered:
        return Reply(person=MAY_BE_ANSWERED, urgency=decision.urgency)
    if facts.is_late and decision.action is not Action.OPTIN:
        return _write_late(decision, pen)
    if decision.action in FIXED_ANSWERS:
        return _write_fixed(decision, pen)
    if decision.question_reply is not None:
        return _write_question(decision, decision.question_reply, pen)
    if decision.action is Action.ANSWER:
        return _write_answer(decision, pen)
    if decision.action is Action.ACK:
        return _write_courtesy(decision, pen)
    return _write_person(decision, pen)


def is_red_flag(decision: Decision) -> bool:
    """Whether the text calls for emergency words and an alert."""
    return decision.action is Action.EMERGENCY or decision.emergency is not None


FIXED_ANSWERS: Mapping[Action, tuple[Kind, str]] = {
    Action.OPTOUT: (Kind.OPT_OUT, "stop_confirmed"),
    Action.OPTIN: (Kind.OPT_IN, "start_confirmed"),
    Action.HELP: (Kind.HELP, "help"),
}


def _write_fixed(decision: Decision, pen: Pen) -> Reply:
    kind, topic = FIXED_ANSWERS[decision.action]
    return Reply((pen.say(kind, topic),), person=_called(decision), urgency=decision.urgency)


def _called(decision: Decision) -> str:
    """Why a person is called beside what is done; nobody, mostly."""
    return decision.reason.note if decision.handoff else NOBODY


def _write_late(decision: Decision, pen: Pen) -> Reply:
    """A text found hours later: its STOP is taken but not confirmed (five minutes are over), the rest is a person's."""
    if decision.action in (Action.OPTOUT, Action.ACK):
        return Reply(person=_called(decision), urgency=decision.urgency)
    parts = () if pen.facts.was_noted_late else (pen.say(Kind.LATE, "late_note"),)
    return Reply(parts, person=f"Reached us late. {decision.reason.note}", urgency=decision.urgency)


def _write_red_flag(decision: Decision, pen: Pen) -> Reply:
    topic = decision.emergency or "emergency"
    urgency = Urgency.TODAY if topic == "urgent_today" else Urgency.NOW
    return Reply((_red_flag_words(decision, topic, pen),), person=decision.reason.note, urgency=urgency)


def _red_flag_words(decision: Decision, topic: str, pen: Pen) -> Part:
    if not decision.also_stop:
        return pen.say(Kind.RED_FLAG, topic)
    if topic == "emergency":
        return pen.say(Kind.RED_FLAG, "stop_and_emergency")
    both = pen.say(Kind.RED_FLAG, topic).words + pen.say(Kind.RED_FLAG, "stop_confirmed").words
    return Part(Kind.RED_FLAG, both)


def _write_question(decision: Decision, answer: QuestionReply, pen: Pen) -> Reply:
    if decision.urgency is not Urgency.NORMAL:
        return _write_person(decision, pen)
    if answer is QuestionReply.HAPPY and not pen.facts.has_photo:
        return Reply((pen.say(Kind.QUESTION, "check_in_thanks_happy"),), closes_question=True)
    if answer is QuestionReply.UNCLEAR and not pen.facts.has_photo:
        topic = "ask_which_client" if pen.facts.is_shared else "handover"
        part = pen.say(Kind.QUESTION if pen.facts.is_shared else Kind.HANDOVER, topic)
        return Reply((part,), person=decision.reason.note, urgency=decision.urgency)
    part = pen.say(Kind.QUESTION, "check_in_to_person")
    return Reply((part,), person=decision.reason.note, urgency=decision.urgency, closes_question=True)


def _write_courtesy(decision: Decision, pen: Pen) -> Reply:
    if pen.facts.open_question:
        return _write_question(decision, QuestionReply.UNCLEAR, pen)
    if not pen.facts.is_client and not pen.facts.was_greeted:
        return _write_person(decision, pen)
    return Reply()


def _write_person(decision: Decision, pen: Pen, topic: str | None = None) -> Reply:
    chosen = (Kind.HANDOVER, topic) if topic else _hand_over(decision, pen.facts)
    parts = (pen.say(*chosen), *_where_to_book(decision, chosen[0], pen)) if chosen else ()
    return Reply(_join(parts), person=decision.reason.note, urgency=decision.urgency)


def _where_to_book(decision: Decision, kind: Kind, pen: Pen) -> tuple[Part, ...]:
    """The clinic's booking page, if it has one, for whoever asks about a visit; nothing beside an urgent matter."""
    asks = decision.also_books if decision.action is Action.ANSWER else decision.reason.note == BOOKING
    asks = asks and decision.urgency is Urgency.NORMAL
    return (pen.say(kind, "booking_link"),) if asks and pen.facts.values.get("booking_url") else ()


def _hand_over(decision: Decision, facts: ReplyFacts) -> tuple[Kind, str] | None:
    """What the client is told when a person takes over; None where nothing more is said to an unknown number."""
    if decision.urgency is not Urgency.NORMAL:
        return Kind.HANDOVER, "handover_today"
    if not facts.is_client and not facts.was_greeted:
        return Kind.GREETING, "unknown_number"
    if facts.has_photo:
        return Kind.PHOTO, "photo_received"
    if not facts.is_client:
        return None
    return Kind.HANDOVER, "third_person" if decision.third_person else "handover"


def _write_answer(decision: Decision, pen: Pen) -> Reply:
    if is_disputed(decision.stated_elapsed, pen.facts.moment.elapsed, pen.pack.plan.exercise_hours):
        reply = _write_person(decision, pen, "not_enough_known")
        return _because(reply, "The time the client states disagrees with our record.")
    moment, without_dates = _moment_to_answer(decision, pen.facts)
    said = {
        topic: pen.answer(topic, moment, without_dates=without_dates)
        for topic in dict.fromkeys(decision.intents)
    }
    spoken = tuple(words for words in said.values() if words and words.approved)
    drafts = tuple(words for words in said.values() if words and not words.approved)
    without_answer = tuple(topic for topic, words in said.items() if words is None)
    return _answer_with(decision, pen, spoken, drafts, without_answer)


def _moment_to_answer(decision: Decision, facts: ReplyFacts) -> tuple[Moment, bool]:
    """The moment that chooses the variant, and whether dates are left out."""
    if decision.third_person:
        return Moment(), True
    if not facts.moment.has_treatment and decision.stated_elapsed is not None:
        return Moment(decision.stated_elapsed, decision.stated_elapsed.days), True
    return facts.moment, False


def _answer_with(
    decision: Decision,
    pen: Pen,
    spoken: tuple[Words, ...],
    drafts: tuple[Words, ...],
    without_answer: tuple[str, ...],
) -> Reply:
    note = _why_person(decision, pen.facts, drafts, without_answer)
    if not spoken:
        return _because(_write_person(decision, pen), note, drafts)
    parts = tuple(Part(Kind.FAQ, (words,)) for words in spoken)
    if drafts or without_answer:
        parts += _write_person(decision, pen).parts
    elif decision.also_books:
        parts += _write_rest(decision, pen)
    if pen.facts.has_photo and not (drafts or without_answer):
        parts += (pen.say(Kind.PHOTO, "photo_received"),)
    urgency = decision.urgency if note else Urgency.NORMAL
    return Reply(_join(parts), person=note, urgency=urgency, drafts=drafts)


def _write_rest(decision: Decision, pen: Pen) -> tuple[Part, ...]:
    """What a person does beside the answer: the booking."""
    return (pen.say(Kind.HANDOVER, "rest_to_person"), *_where_to_book(decision, Kind.HANDOVER, pen))


def _why_person(
    decision: Decision, facts: ReplyFacts, drafts: tuple[Words, ...], without_answer: tuple[str, ...]
) -> str:
    reasons = (
        (bool(without_answer), f"No answer for this moment: {', '.join(without_answer)}."),
        (bool(drafts), "The words are not approved yet; see the draft."),
        (decision.third_person, "The text is about somebody else."),
        (facts.has_photo, "There is a photo to look at."),
        (decision.handoff, decision.reason.note),
    )
    return " ".join(sentence for holds, sentence in reasons if holds)


def _join(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """All in one text where three segments hold them, else one each."""
    if len(parts) < 2:
        return parts
    joined = Part(parts[0].kind, tuple(words for part in parts for words in part.words))
    return (joined,) if joined.segments <= MAX_SEGMENTS else parts


def _because(reply: Reply, note: str, drafts: tuple[Words, ...] = ()) -> Reply:
    return Reply(reply.parts, person=note or reply.person, urgency=reply.urgency, drafts=drafts)


def is_disputed(stated: timedelta | None, recorded: timedelta | None, exercise_hours: int) -> bool:
    """Whether a stated time since the visit disagrees with the record by over a day, or crosses the 16 hours."""
    if stated is None or recorded is None:
        return False
    limit = timedelta(hours=exercise_hours)
    return abs(stated - recorded) > STATED_TOLERANCE or (stated < limit) != (recorded < limit)
