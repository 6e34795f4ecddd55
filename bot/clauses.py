"""What takes the force out of a symptom word: negation, idiom, history, hypothesis, somebody else. Pure.

It must never look at more than the sentence a word stands in, and a client who says "now" is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from bot.patterns import Match
from bot.reading import Reading

REACH_OF_NEGATION = 8  # words after a negator that the second opinion takes for denied
LONGEST_REACH = 40  # words between a negator and what it denies, in run-on texts
REACH_OF_DOUBT = 3  # words before a reassurance in which a "can't" spoils it


class Force(StrEnum):
    """How much a symptom found in the text counts."""

    LIVE = "live"
    NEGATED = "negated"
    IDIOM = "idiom"
    HISTORY = "history"
    HYPOTHETICAL = "hypothetical"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Clearing:
    """The clearing words of one text, gathered once."""

    reading: Reading
    negators: Mapping[int, tuple[Match, ...]]  # by the sentence they begin in
    negative_starts: frozenset[int]
    terminators: frozenset[int]
    idioms: frozenset[int]
    reassured: frozenset[int]
    by_sentence: dict[str, frozenset[int]]
    resumed: bool

    def force_of(self, match: Match) -> Force:
        """The force of one symptom match; the strongest reason against it wins."""
        if match.used & self.idioms:
            return Force.IDIOM
        if self.resumed:
            return Force.LIVE
        if match.used & self.reassured or any(self._negates(n, match) for n in self._negators_near(match)):
            return Force.NEGATED
        sentence = self.reading.words[match.start].sentence
        for force in (Force.ELSEWHERE, Force.HISTORY, Force.HYPOTHETICAL):
            if sentence in self.by_sentence[force.value]:
                return force
        return Force.LIVE

    def denied_places(self) -> int:
        """One bit for each word in reach of a negator before it: within the sentence, up to a new subject."""
        mask = 0
        words = self.reading.words
        for negator in chain.from_iterable(self.negators.values()):
            for place in range(negator.end, min(len(words), negator.end + REACH_OF_NEGATION)):
                new = words[place].sentence != words[negator.start].sentence
                if new or self._ends_scope(negator, place):
                    break
                mask |= 1 << place
        return mask

    def is_denied(self, match: Match) -> bool:
        """Whether an idiom covers the match or a negator stands before it (one inside it belongs to it)."""
        near = self._negators_near(match)
        before = [n for n in near if n.start < match.start and self._negates(n, match)]
        return bool(match.used & self.idioms) or (bool(before) and not self.resumed)

    def _negators_near(self, match: Match) -> tuple[Match, ...]:
        return self.negators.get(self.reading.words[match.end - 1].sentence, ())

    def _negates(self, negator: Match, match: Match) -> bool:
        if negator.used & match.used or negator.start >= match.end:
            return False
        if match.start - negator.end > LONGEST_REACH:
            return False
        if negator.start > match.start:
            return True
        if match.start in self.negative_starts:
            return False
        return not any(self._ends_scope(negator, position) for position in range(negator.end, match.start))

    def _ends_scope(self, negator: Match, position: int) -> bool:
        """A new subject ends the reach of a negator, but not when it follows at once ("no tengo")."""
        if position not in self.terminators:
            return False
        words = self.reading.words
        return position > negator.end or words[position].clause != words[negator.start].clause


def gather(reading: Reading) -> Clearing:
    """All clearing words of one text."""
    tables = {
        key: _matches(reading, key)
        for key in (
            "negator",
            "pseudo_negator",
            "terminator",
            "reassure",
            "history",
            "hypothetical",
            "idiom",
            "elsewhere",
        )
    }
    pseudo = _positions(tables["pseudo_negator"])
    negators: dict[int, tuple[Match, ...]] = {}
    for match in tables["negator"]:
        if not match.used <= pseudo:
            sentence = reading.words[match.start].sentence
            negators[sentence] = (*negators.get(sentence, ()), match)
    return Clearing(
        reading=reading,
        negators=negators,
        negative_starts=frozenset(m.start for m in tables["negator"]),
        terminators=frozenset(m.start for m in tables["terminator"]),
        idioms=_positions(tables["idiom"], whole=True),
        reassured=_reassured(reading, tables["reassure"]),
        by_sentence=_sentences(reading, tables),
        resumed=bool(_matches(reading, "resumed")),
    )


def _matches(reading: Reading, key: str) -> tuple[Match, ...]:
    return tuple(match for match in reading.table("clearing") if match.pattern.key == key)


def _positions(matches: tuple[Match, ...], *, whole: bool = False) -> frozenset[int]:
    """Word positions of the matches; `whole` = the words between the elements too."""
    return frozenset(i for m in matches for i in (range(m.start, m.end) if whole else m.used))


def _reassured(reading: Reading, matches: tuple[Match, ...]) -> frozenset[int]:
    """`I can breathe fine` clears; `can't breathe good` does not: no symptom word may stand just before."""
    doubtful = [i for m in reading.table("doubt") for i in m.used]
    cleared = (m for m in matches if not any(_spoils(reading, i, m) for i in doubtful))
    return frozenset(i for m in cleared for i in range(m.start, m.end))


def _spoils(reading: Reading, position: int, match: Match) -> bool:
    words = reading.words
    near = match.start - REACH_OF_DOUBT <= position < match.end
    return near and words[position].clause == words[match.start].clause


def _sentences(reading: Reading, tables: dict[str, tuple[Match, ...]]) -> dict[str, frozenset[int]]:
    words = reading.words
    present = {words[m.start].sentence for m in reading.table("present")}
    result = {}
    for key in ("elsewhere", "history", "hypothetical"):
        found = {words[i].sentence for m in tables[key] for i in m.used}
        result[key] = frozenset(found - (present if key != "elsewhere" else set()))
    return result
