"""What takes the force out of a symptom word: negation, idiom, history, hypothesis, somebody else. Pure.

It must never look at more than the sentence a word stands in, and a client who says "now" is believed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from bot.patterns import Match, all_bits, positions, span_mask, used_by
from bot.reading import Reading

CLEARING = "clearing"
SELF_HARM = "self_harm"  # what somebody says of it is not taken back by another clause
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


class Negator(NamedTuple):
    """A negating word and where its reach ends: at a new subject, or with the text."""

    match: Match
    until: int

    def denies(self, match: Match) -> bool:
        """Whether `match` stands in its reach, or begins before it; never what shares a word with it."""
        start, end = self.match.start, self.match.end
        if start >= match.end or self.match.used & match.used:
            return False
        return start > match.start or (match.start <= self.until and match.start - end <= LONGEST_REACH)

    def may_deny(self) -> int:
        """One bit for each place at which a match it denies may begin after it."""
        return span_mask(self.match.start + 1, min(self.until, self.match.end + LONGEST_REACH) + 1)


class Negators(NamedTuple):
    """The negators of one sentence; the masks tell quickly that none of them denies a match."""

    each: tuple[Negator, ...] = ()
    begin: int = 0  # one bit for each place a negator begins at
    may_deny: int = 0

    def with_(self, negator: Negator) -> "Negators":
        """These and one more."""
        begin = self.begin | 1 << negator.match.start
        return Negators((*self.each, negator), begin, self.may_deny | negator.may_deny())

    def near(self, match: Match) -> tuple[Negator, ...]:
        """Those that may deny the match: all of them or none."""
        inside = self.begin & span_mask(match.start + 1, match.end)
        return self.each if inside or self.may_deny >> match.start & 1 else ()


NO_NEGATORS = Negators()


class Shadow(NamedTuple):
    """Where words of the past, of what might be or of somebody else stand: they take the force of their sentence."""

    sentences: frozenset[int]
    clauses: frozenset[int]

    def covers(self, sentence: int, clause: int, *, is_narrow: bool) -> bool:
        """Whether it takes the force of a word there; `is_narrow`: only where it stands in the same clause."""
        return sentence in self.sentences and (not is_narrow or clause in self.clauses)


@dataclass(frozen=True, slots=True)
class Clearing:
    """The clearing words of one text, gathered once."""

    reading: Reading
    negators: Mapping[int, Negators]  # by the sentence they begin in
    negative_starts: frozenset[int]
    idioms: int  # one bit a word, as in Match.used
    reassured: int
    shadows: Mapping[str, Shadow]
    resumed: bool

    def force_of(self, match: Match) -> Force:
        """The force of one symptom match; the strongest reason against it wins."""
        if match.used & self.idioms:
            return Force.IDIOM
        if self.resumed:
            return Force.LIVE
        if match.used & self.reassured or any(self._negators_of(match)):
            return Force.NEGATED
        words = self.reading.words
        sentence, clause = words.sentences[match.start], words.clauses[match.start]
        is_narrow = match.pattern.key == SELF_HARM
        for force in (Force.ELSEWHERE, Force.HISTORY, Force.HYPOTHETICAL):
            if self.shadows[force].covers(sentence, clause, is_narrow=is_narrow):
                return force
        return Force.LIVE

    def denied_places(self) -> int:
        """One bit for each word in reach of a negator before it: within the sentence, up to a new subject."""
        mask = 0
        sentences = self.reading.words.sentences
        for negator in chain.from_iterable(found.each for found in self.negators.values()):
            start, end = negator.match.start, negator.match.end
            for place in range(end, min(negator.until, end + REACH_OF_NEGATION)):
                if sentences[place] != sentences[start]:
                    break
                mask |= 1 << place
        return mask

    def is_denied(self, match: Match) -> bool:
        """Whether an idiom covers the match or a negator stands before it (one inside it belongs to it)."""
        before = (negator.match.start < match.start for negator in self._negators_of(match))
        return bool(match.used & self.idioms) or (not self.resumed and any(before))

    def _negators_of(self, match: Match) -> Iterator[Negator]:
        """Those of its sentence that deny it; none before it does where it begins with a negator itself."""
        near = self.negators.get(self.reading.words.sentences[match.end - 1], NO_NEGATORS).near(match)
        is_negative = match.start in self.negative_starts
        for negator in near:
            if negator.denies(match) and not (is_negative and negator.match.start <= match.start):
                yield negator


def gather(reading: Reading) -> Clearing:
    """All clearing words of one text."""
    tables = {
        key: reading.kind(CLEARING, key)
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
    pseudo = used_by(tables["pseudo_negator"])
    ends = sorted({m.start for m in tables["terminator"]})
    negators: dict[int, Negators] = {}
    for match in tables["negator"]:
        if match.used & ~pseudo:
            sentence = reading.words.sentences[match.start]
            negator = Negator(match, _end_of_reach(reading, match, ends))
            negators[sentence] = negators.get(sentence, NO_NEGATORS).with_(negator)
    return Clearing(
        reading=reading,
        negators=negators,
        negative_starts=frozenset(m.start for m in tables["negator"]),
        idioms=_covered_by(tables["idiom"]),
        reassured=_reassured(reading, tables["reassure"]),
        shadows=_shadows(reading, tables),
        resumed=bool(reading.kind(CLEARING, "resumed")),
    )


def _end_of_reach(reading: Reading, negator: Match, terminators: Sequence[int]) -> int:
    """A new subject ends the reach of a negator, but not when it follows at once ("no tengo")."""
    clauses = reading.words.clauses
    for place in terminators[bisect_left(terminators, negator.end) :]:
        if place > negator.end or clauses[place] != clauses[negator.start]:
            return place
    return len(clauses)


def _covered_by(matches: Iterable[Match]) -> int:
    """The words of the matches and those between their elements."""
    return all_bits(span_mask(match.start, match.end) for match in matches)


def _reassured(reading: Reading, matches: tuple[Match, ...]) -> int:
    """`I can breathe fine` clears; `can't breathe good` does not: no symptom word may stand just before."""
    doubtful = list(positions(used_by(reading.table("doubt")))) if matches else []
    cleared = (m for m in matches if not any(_spoils(reading, i, m) for i in doubtful))
    return _covered_by(cleared)


def _spoils(reading: Reading, position: int, match: Match) -> bool:
    clauses = reading.words.clauses
    near = match.start - REACH_OF_DOUBT <= position < match.end
    return near and clauses[position] == clauses[match.start]


def _shadows(reading: Reading, tables: dict[str, tuple[Match, ...]]) -> dict[str, Shadow]:
    sentences, clauses = reading.words.sentences, reading.words.clauses
    present = {sentences[m.start] for m in reading.table("present")}
    shadows = {}
    for key in ("elsewhere", "history", "hypothetical"):
        found = list(positions(used_by(tables[key])))
        if key != "elsewhere":
            found = [place for place in found if sentences[place] not in present]
        shadows[key] = Shadow(frozenset(sentences[i] for i in found), frozenset(clauses[i] for i in found))
    return shadows
