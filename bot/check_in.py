"""Reads the reply to the day-14 check-in: a digit, a word in either language, or neither. Pure.

Nobody looks at a happy reply, so it must never be taken from a text that says anything else.
"""

from dataclasses import dataclass

from bot.clauses import Clearing
from bot.decision import QuestionReply
from bot.off_page import OffPage, read_off_page
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
COMPLAINT = "complaint"  # about the result: that is a reply
LIKELY = 2  # the weight from which words of a topic ask about it


@dataclass(frozen=True, slots=True)
class CheckInReply:
    """What a client replied, and the trouble named beside it, for a person and how soon."""

    reply: QuestionReply
    trouble: OffPage

    @property
    def note(self) -> str:
        """The reply in words, for staff."""
        beside = f", {self.trouble.note}" if self.trouble.matches else ""
        return f"check-in reply: {self.reply.value}{beside}"


def read_check_in(reading: Reading, clearing: Clearing, *, has_photo: bool) -> CheckInReply | None:
    """The reply, UNCLEAR for a short text that says none of them, None for a text that asks something else."""
    if reading.question or len(reading.words) > LONGEST_REPLY:
        return None
    trouble = read_off_page(reading, clearing, without={COMPLAINT})
    if trouble.matches:
        return CheckInReply(QuestionReply.UNCLEAR, trouble)
    return CheckInReply(_read_number(reading) or _read_words(reading, has_photo=has_photo), trouble)


def _read_number(reading: Reading) -> QuestionReply | None:
    """The number, where nothing but courtesy stands beside it: "one brow higher" is not a one."""
    said = {NUMBER_WORDS.get(text, text) for text in reading.words.texts}
    replies = {DIGITS[digit] for digit in said & DIGITS.keys()}
    if len(replies) != 1 or not _says_nothing_but(reading, _numbers(reading) | _courtesy(reading)):
        return None
    return replies.pop()


def _read_words(reading: Reading, *, has_photo: bool) -> QuestionReply:
    for reply in ORDER:
        if _matches(reading, reply.value):
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
    places = enumerate(NUMBER_WORDS.get(text, text) for text in reading.words.texts)
    return sum(1 << place for place, word in places if word in DIGITS)


def _courtesy(reading: Reading) -> int:
    """The words that say nothing beside a reply, one bit each."""
    polite = reading.kind("courtesy", "courtesy", "manners")
    return used_by((*polite, *_matches(reading, "beside", "greeting")))


def _matches(reading: Reading, *keys: str) -> tuple[Match, ...]:
    return reading.kind("check_in", *keys)
