"""Opting out, opting back in and asking for help: as a keyword or in free words. Pure.

Source: revocation by any reasonable means, 47 CFR 64.1200(a)(10), in force 11 April 2025. No short word is matched
with a typo corrected: "shop" must not silence a client's care texts. Slips that are no word ("stpo") are listed.
"""

from dataclasses import dataclass

from bot.patterns import Match, positions
from bot.reading import Reading, Vocabulary

UNMISTAKABLE = 9  # letters from which a slip of the pen leaves no other word: "unsubscirbe"
MISTAKE = frozenset({"accident", "mistake", "error", "accidentally"})
YES = frozenset({"yes", "si", "y"})


@dataclass(frozen=True, slots=True)
class Consent:
    """What the text says about texting itself: stop | start | help | None, with the words that said it."""

    wish: str | None
    words: tuple[str, ...] = ()


def read_consent(reading: Reading, vocabulary: Vocabulary, *, opted_out: bool) -> Consent:
    """The wish about texts, the whole text before free words."""
    if opted_out and reading.plain in YES:
        return Consent("start", (reading.plain,))
    told = {reading.plain, _as_spelled(reading)}
    for wish in ("stop", "start", "help"):
        if not told.isdisjoint(vocabulary.whole[f"{wish}_whole"]):
            return Consent(wish, (reading.plain,))
    for wish, read in (("stop", _wants_stop), ("start", _wants_start), ("help", _wants_help)):
        if words := read(reading):
            return Consent(wish, words)
    return Consent(None)


def _as_spelled(reading: Reading) -> str:
    """The whole text with its short forms written out; as it stands where a word was corrected by edit distance."""
    if reading.is_story or any(reading.words.corrected):
        return reading.plain
    return " ".join(reading.words.texts)


def _found(reading: Reading, key: str) -> list[Match]:
    """Matches of one kind in which no short word was corrected by edit distance."""
    matches = reading.kind("consent", key)
    if not any(reading.words.corrected):
        return list(matches)
    return [m for m in matches if not any(_is_doubtful(reading, place) for place in positions(m.used))]


def _is_doubtful(reading: Reading, place: int) -> bool:
    return reading.words.corrected[place] and len(reading.words.texts[place]) < UNMISTAKABLE


def _wants_stop(reading: Reading) -> tuple[str, ...]:
    if _found(reading, "wanted"):
        return ()
    stops = _found(reading, "stop")
    kept = _found(reading, "keep")
    strong = _found(reading, "keep_strong")
    if kept and not _strong_stands(strong, kept):
        stops = [stop for stop in stops if not any(_overlap(stop, keep) for keep in kept)]
    return reading.written(stops)


def _strong_stands(strong: list[Match], kept: list[Match]) -> bool:
    """A clear wording about texts stands unless a look-alike covers its own verb (`don't stop texting me`)."""
    return any(not any(keep.used & one.used and keep.start < one.start for keep in kept) for one in strong)


def _overlap(stop: Match, keep: Match) -> bool:
    return bool(keep.used & stop.used) or keep.start <= stop.start < keep.end


def _wants_start(reading: Reading) -> tuple[str, ...]:
    starts, kept = _found(reading, "start"), _found(reading, "start_keep")
    if not starts or (kept and not _says_mistake(reading)):
        return ()
    return reading.written(starts)


def _says_mistake(reading: Reading) -> bool:
    return not MISTAKE.isdisjoint(reading.words.texts)


def _wants_help(reading: Reading) -> tuple[str, ...]:
    return reading.written(_found(reading, "help"))
