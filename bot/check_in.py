"""Reads the reply to the day-14 check-in: a digit, a word in either language, or neither. Pure.

Nobody looks at a happy reply, so it must never be taken from a text that says anything else.
"""

from dataclasses import dataclass

from bot.clauses import Clearing
from bot.decision import QuestionReply, Urgency
from bot.patterns import Match, used_by
from bot.reading import Reading

LONGEST_REPLY = 12  # words; longer texts are questions of their own
ORDER = (QuestionReply.UNEVEN, QuestionReply.TOO_MUCH_MOVEMENT, QuestionReply.TOO_LITTLE_MOVEMENT)
DIGITS = {
    "1": QuestionReply.HAPPY,
    "2": QuestionReply.UNEVEN,
    "3": QuestionReply.TOO_MUCH_MOVEMENT,
    "4": QuestionReply.TOO_LITTLE_MOVEMENT,
}
NUMBER_WORDS = {
    "one": "1",
    "uno": "1",
    "two": "2",
    "dos": "2",
    "three": "3",
    "tres": "3",
    "four": "4",
    "cuatro": "4",
}
LIKELY = 2  # the weight from which words of a topic ask about it
URGENT = 2  # the weight of what a person must see the same day


@dataclass(frozen=True, slots=True)
class CheckInReply:
    """What a client replied; `off_page` are the kinds of trouble named beside it, for a person and how soon."""

    reply: QuestionReply
    off_page: tuple[str, ...] = ()
    urgency: Urgency = Urgency.NORMAL

    @property
    def note(self) -> str:
        """The reply in words, for staff."""
        beside = f", not on the clinic's page: {', '.join(self.off_page)}" if self.off_page else ""
        return f"check-in reply: {self.reply.value}{beside}"


def read_check_in(reading: Reading, clearing: Clearing, *, has_photo: bool) -> CheckInReply | None:
    """The reply, UNCLEAR for a short text that says none of them, None for a text that asks something else."""
    if reading.question or len(reading.words) > LONGEST_REPLY:
        return None
    trouble = _trouble(reading, clearing)
    if trouble:
        is_urgent = any(match.pattern.weight == URGENT for match in trouble)
        kinds = tuple(dict.fromkeys(match.pattern.key for match in trouble))
        return CheckInReply(QuestionReply.UNCLEAR, kinds, Urgency.TODAY if is_urgent else Urgency.NORMAL)
    return CheckInReply(_read_number(reading) or _read_words(reading, has_photo=has_photo))


def _trouble(reading: Reading, clearing: Clearing) -> list[Match]:
    """What the clinic's page does not answer; a complaint about the result is a reply."""
    found = (match for match in reading.table("off_page") if match.pattern.key != "complaint")
    return [match for match in found if not clearing.is_denied(match)]


def _read_number(reading: Reading) -> QuestionReply | None:
    """The number, where nothing but courtesy stands beside it: "one brow higher" is not a one."""
    said = {NUMBER_WORDS.get(word.text, word.text) for word in reading.words}
    replies = {DIGITS[digit] for digit in said & DIGITS.keys()}
    if len(replies) != 1 or not _says_nothing_but(reading, _numbers(reading) | _courtesy(reading)):
        return None
    return replies.pop()


def _read_words(reading: Reading, *, has_photo: bool) -> QuestionReply:
    found = {match.pattern.key for match in reading.table("check_in")}
    for reply in ORDER:
        if reply.value in found:
            return reply
    praise = used_by(_matches(reading, "happy")) & ~used_by(_matches(reading, "greeting"))
    words = praise | used_by(_matches(reading, "praised")) | _courtesy(reading)
    is_happy = praise and not has_photo and not _asks(reading) and _says_nothing_but(reading, words)
    return QuestionReply.HAPPY if is_happy else QuestionReply.UNCLEAR


def _asks(reading: Reading) -> bool:
    """Whether the text is also about an appointment, the price or one of the clinic's topics."""
    about = (match for match in reading.table("topics") if match.pattern.weight >= LIKELY)
    return bool(reading.table("booking")) or any(about)


def _says_nothing_but(reading: Reading, words: int) -> bool:
    """Whether these are all its words, and nothing in it takes them back."""
    unhappy = used_by(_matches(reading, "unhappy")) & ~used_by(_matches(reading, "happy"))
    return words.bit_count() == len(reading.words) and not unhappy


def _numbers(reading: Reading) -> int:
    places = enumerate(NUMBER_WORDS.get(word.text, word.text) for word in reading.words)
    return sum(1 << place for place, word in places if word in DIGITS)


def _courtesy(reading: Reading) -> int:
    """The words that say nothing beside a reply, one bit each."""
    polite = (match for match in reading.table("courtesy") if match.pattern.key in ("courtesy", "manners"))
    return used_by((*polite, *_matches(reading, "beside", "greeting")))


def _matches(reading: Reading, *keys: str) -> tuple[Match, ...]:
    return tuple(match for match in reading.table("check_in") if match.pattern.key in keys)
