"""Reads the reply to the day-14 check-in: a digit, a word in either language, or neither. Pure."""

from bot.decision import QuestionReply
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


def read_check_in(reading: Reading, *, has_photo: bool) -> QuestionReply | None:
    """The reply, UNCLEAR for a short text that says none of them, None for a text that asks something else."""
    bare = [NUMBER_WORDS.get(word.text, word.text) for word in reading.words]
    digits = {word for word in bare if word in DIGITS}
    if len(bare) <= 3 and len(digits) == 1:
        return DIGITS[digits.pop()]
    if reading.question or len(bare) > LONGEST_REPLY:
        return None
    found = {m.pattern.key for m in reading.table("check_in")}
    for reply in ORDER:
        if reply.value in found:
            return reply
    if "happy" in found and "unhappy" not in found and not has_photo:
        return QuestionReply.HAPPY
    return QuestionReply.UNCLEAR
