"""What the rules decide about one text, the first that applies: the order of decisions. Pure.

It must never generate words, and never answer when it is unsure. bot.router reads the text, and hears a second opinion.
"""

from dataclasses import dataclass

from bot.check_in import read_check_in
from bot.clauses import Clearing
from bot.combining import CLINIC_PHRASE
from bot.consent import Consent
from bot.decision import BOOKING, Action, Context, Decision, QuestionReply, Reason, Rule, Urgency
from bot.intents import MOST_TOPICS, TopicScores
from bot.off_page import OffPage, read_off_page
from bot.patterns import used_by
from bot.reading import Reading
from bot.red_flags import RedFlags
from bot.text import normalise
from bot.time_words import DAYS_AGO, StatedTime, disagrees, says_days_ago

NOTHING_FOUND = "nothing in the text matches a topic of the clinic"
# Kinds of bot/understanding/*/off_page.toml that no weight of words may answer over.
NEVER_ANSWERED = frozenset({
    "alcohol", "medicine", "remedy", "pregnancy", "headache", "infection", "travel", "dental", "dose", "vaccine",
    "unwell", "other_treatment",
})  # fmt: skip
REFINED = "a refinement has been done already: a person decides about another"


@dataclass(frozen=True, slots=True)
class Found:
    """Everything read out of one text before the order of decisions is applied."""

    reading: Reading
    clearing: Clearing
    flags: RedFlags
    consent: Consent
    topics: TopicScores
    stated: StatedTime | None
    language: str
    context: Context

    @property
    def is_about_somebody_else(self) -> bool:
        """Whether the text speaks of a third person."""
        return bool(self.reading.kind("clearing", "third_person"))

    @property
    def needs_a_person_too(self) -> bool:
        """Whether somebody must look beside the answer."""
        return self.is_about_somebody_else or self.context.has_photo or self.asks_to_book

    @property
    def asks_to_book(self) -> bool:
        """Whether a booking, a price or running late is spoken of."""
        return bool(self.reading.table("booking"))

    @property
    def off_page(self) -> OffPage:
        """What the clinic's page says nothing of."""
        return read_off_page(self.reading, self.clearing)

    @property
    def disagrees(self) -> bool:
        """Whether the time stated in the text does not fit our record of the visit."""
        elapsed = self.context.elapsed
        is_fresh = elapsed is not None and elapsed < DAYS_AGO
        return disagrees(self.stated, elapsed, self.context.day) or (is_fresh and says_days_ago(self.reading))

    @property
    def may_answer(self) -> bool:
        """Whether nothing stands against an answer from the page, whatever the words weigh."""
        return not self.disagrees and NEVER_ANSWERED.isdisjoint(self.off_page.kinds)


def decide_by_rules(found: Found) -> Decision:
    """The decision of the first rule that applies; a person where none does."""
    decisions = (step(found) for step in STEPS)
    return next((decision for decision in decisions if decision is not None), to_person(NOTHING_FOUND))


def _red_flag(found: Found) -> Decision | None:
    if found.flags.emergency is None:
        return None
    note = "red flag: " + ", ".join(found.flags.families)
    return Decision(
        Action.EMERGENCY,
        Reason(Rule.RED_FLAG, note, found.flags.words),
        handoff=True,
        urgency=Urgency.NOW,
        emergency=found.flags.emergency,
        also_stop=found.consent.wish == "stop",
    )


def _consent(found: Found) -> Decision | None:
    actions = {"stop": Action.OPTOUT, "start": Action.OPTIN}
    action = actions.get(found.consent.wish or "")
    if action is None:
        return None
    unsure = found.flags.unsure
    return Decision(
        action,
        Reason(Rule.CONSENT, f"asks to {found.consent.wish} texts", found.consent.words),
        handoff=unsure or bool(found.topics.chosen),
        urgency=Urgency.TODAY if unsure else Urgency.NORMAL,
    )


def _help(found: Found) -> Decision | None:
    if found.consent.wish != "help" or found.flags.unsure:
        return None
    return Decision(Action.HELP, Reason(Rule.HELP, "asks what this number is", found.consent.words))


def _unsure(found: Found) -> Decision | None:
    if not found.flags.unsure:
        return None
    return to_person(
        "mentions a symptom that may be serious; not clearly happening now",
        urgency=Urgency.TODAY,
        words=found.flags.words,
    )


def _open_question(found: Found) -> Decision | None:
    if found.context.open_question != "check_in":
        return None
    said = read_check_in(found.reading, found.clearing, has_photo=found.context.has_photo)
    if said is None:
        return None
    happy = said.reply is QuestionReply.HAPPY and not found.context.has_photo
    return Decision(
        Action.ACK if happy else Action.ESCALATE,
        Reason(Rule.OPEN_QUESTION, said.note, (found.reading.plain[:40],)),
        handoff=not happy,
        urgency=said.trouble.urgency,
        question_reply=said.reply,
    )


def _clinic_phrase(found: Found) -> Decision | None:
    for phrase, topic in found.context.clinic_phrases:
        if normalise(phrase) == found.reading.plain and found.reading.plain:
            return Decision(Action.ANSWER, Reason(Rule.FAQ, CLINIC_PHRASE, (phrase,)), intents=(topic,))
    return None


def _off_page(found: Found) -> Decision | None:
    asked = found.off_page
    if not asked.matches:
        return None
    return to_person(asked.note, urgency=asked.urgency, words=found.reading.written(asked.matches))


def _topic(found: Found) -> Decision | None:
    chosen = found.topics.chosen
    if not chosen:
        return None
    if len(chosen) > MOST_TOPICS:
        return to_person("asks about more than two topics")
    if found.context.refined and "refinement" in chosen:
        return to_person(REFINED)
    if found.disagrees:
        return to_person("the time stated in the text does not fit our record of the visit")
    return Decision(
        Action.ANSWER,
        Reason(Rule.FAQ, "asks about: " + ", ".join(chosen), found.topics.words, margin=found.topics.margin),
        intents=chosen,
        handoff=found.needs_a_person_too,
    )


def _booking(found: Found) -> Decision | None:
    matches = found.reading.table("booking")
    if not matches:
        return None
    return to_person(BOOKING, words=found.reading.written(matches))


def _courtesy(found: Found) -> Decision | None:
    reading = found.reading
    covered = used_by(reading.kind("courtesy", "courtesy", "filler"))
    polite, compliment, complaint = (
        bool(reading.kind("courtesy", key)) for key in ("courtesy", "compliment", "complaint")
    )
    only_polite = polite and covered.bit_count() == len(reading.words)
    if reading.question or complaint or not (only_polite or compliment):
        return None
    return Decision(Action.ACK, Reason(Rule.COURTESY, "courtesy, needs no answer", (reading.plain[:40],)))


def to_person(note: str, *, urgency: Urgency = Urgency.NORMAL, words: tuple[str, ...] = ()) -> Decision:
    return Decision(Action.ESCALATE, Reason(Rule.PERSON, note, words), handoff=True, urgency=urgency)


STEPS = (
    _red_flag,
    _consent,
    _help,
    _unsure,
    _open_question,
    _clinic_phrase,
    _off_page,
    _topic,
    _booking,
    _courtesy,
)
