"""Parts of one text, each weighed by itself, so that what one of them says does not drown in the others. Pure.

A part is a sentence, a symptom or an opt-out with the words next to it, or what stands round a symptom between commas.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import NamedTuple

from bot.clauses import Force
from bot.patterns import Match, span_mask
from bot.reading import Reading
from bot.red_flags import RedFlags
from bot.second_opinion import NO_DANGER, Danger, strength, weigh_danger
from bot.word_features import Features, clearing_words, features_of, polite_places, symptom_signs
from bot.word_weights import WordWeights

MOST_FLAGGED = 3  # sentences with a symptom in them
MOST_SENTENCES = 8  # of all of them
MOST_MATCHES = 6  # symptoms, or opt-outs
MOST_LIKELY = 2  # sentences of a very long text for each danger, beside those with a symptom
NEAR_SYMPTOM, NEAR_OPT_OUT = 4, 6  # words on both sides that are weighed with it
LONGEST_CLAUSE = 4  # words, of which a symptom is nearly all
CLEARED = frozenset({Force.NEGATED, Force.IDIOM})
STOP_SIGN = "@stop"


class PartFeatures(NamedTuple):
    """What is weighed in each sentence, and round each symptom and opt-out, where there is more beside it."""

    sentences: tuple[Features, ...]
    symptoms: tuple[Features, ...]
    opt_outs: tuple[Features, ...]


@dataclass(frozen=True)
class Parts:
    """The parts of one text; `denied` = words after a negator, one bit each."""

    reading: Reading
    flags: RedFlags
    weights: WordWeights
    denied: int = 0

    @property
    def sentence_alone(self) -> float:
        """The likeliest emergency among the first sentences with a live symptom."""
        flagged = map(self.sentences.__getitem__, self.flags.sentences[:MOST_FLAGGED])
        return max((self._weigh(span).alarm for span in flagged), default=0.0)

    @property
    def clause_alone(self) -> float:
        """The likeliest emergency among the clauses that say hardly more than a live symptom."""
        live = (match for match, force in self._first_symptoms if force is Force.LIVE)
        spans = {self._clause_of(match) for match in live}
        return max((self._weigh(span).alarm for span in spans if len(span) <= LONGEST_CLAUSE), default=0.0)

    @property
    def symptom_alone(self) -> Danger:
        """The likeliest emergency among the symptoms that are not taken back, each with the words next to it."""
        told = (danger for danger, force in self._by_symptom if force not in CLEARED)
        return max(told, key=attrgetter("alarm"), default=NO_DANGER)

    @cached_property
    def opt_out_alone(self) -> Danger:
        """The likeliest opt-out among those the rules saw, each with the words next to it."""
        return max(map(self._weigh, self._round_opt_outs()), key=attrgetter("stop"), default=NO_DANGER)

    @property
    def stop_in_a_sentence(self) -> Danger:
        """The likeliest opt-out among the first sentences, where there are several."""
        return max(self._by_sentence, key=attrgetter("stop"), default=NO_DANGER)

    @property
    def likeliest_alarm(self) -> float:
        """The likeliest emergency among the first sentences, where there are several, and among all symptoms."""
        weighed = chain(self._by_sentence, (danger for danger, _ in self._by_symptom))
        return max((danger.alarm for danger in weighed), default=0.0)

    def likeliest_sentences(self) -> list[Danger]:
        """Of a very long text: the sentences with a live symptom, and those whose words and opt-outs weigh most."""
        return [self._weigh(self.sentences[number]) for number in self._likeliest()]

    def features(self) -> PartFeatures:
        """What is weighed in them."""
        return PartFeatures(
            self._features_of_each(self.sentences.values()),
            self._features_of_each(self._round_symptoms()),
            self._features_of_each(self._round_opt_outs()),
        )

    @cached_property
    def sentences(self) -> Mapping[int, range]:
        """The places of each sentence."""
        spans: dict[int, range] = {}
        begin = 0
        for number, words in groupby(self.reading.words.sentences):
            end = begin + len(list(words))
            spans[number] = range(begin, end)
            begin = end
        return spans

    @cached_property
    def signs(self) -> Mapping[int, list[str]]:
        """What the rules saw, by the place it begins at; not what begins with good manners."""
        signs: dict[int, list[str]] = {}
        seen = [(match, (match.pattern.sign,)) for match in clearing_words(self.reading)]
        symptoms = [(match, symptom_signs(match.pattern, force)) for match, force in self.flags.judged]
        for match, names in chain(seen, symptoms):
            if not self._polite >> match.start & 1:
                signs.setdefault(match.start, []).extend(names)
        return signs

    def kept(self, span: range) -> int:
        """These words besides good manners, one bit each."""
        return span_mask(span.start, span.stop) & ~self._polite

    @cached_property
    def _polite(self) -> int:
        return polite_places(self.reading)

    @cached_property
    def _by_sentence(self) -> Sequence[Danger]:
        speaking = [span for span in self.sentences.values() if self.kept(span)]
        beside = speaking[:MOST_SENTENCES] if len(speaking) > 1 and not self.reading.is_story else ()
        return list(map(self._weigh, beside))

    @cached_property
    def _by_symptom(self) -> Sequence[tuple[Danger, Force]]:
        forces = [force for _, force in self._first_symptoms]
        return list(zip(map(self._weigh, self._round_symptoms()), forces, strict=True))

    @cached_property
    def _first_symptoms(self) -> Sequence[tuple[Match, Force]]:
        """The first few, those that are taken back after all others."""
        return sorted(self.flags.judged, key=lambda pair: pair[1] in CLEARED)[:MOST_MATCHES]

    def _round_symptoms(self) -> Sequence[range]:
        whole = range(len(self.reading.words))
        return [_round(match, NEAR_SYMPTOM, whole) for match, _ in self._first_symptoms]

    def _round_opt_outs(self) -> Sequence[range]:
        """In the same sentence."""
        numbers = self.reading.words.sentences
        told = islice(self.reading.kind("consent", "stop"), MOST_MATCHES)
        return [_round(match, NEAR_OPT_OUT, self.sentences[numbers[match.start]]) for match in told]

    def _clause_of(self, match: Match) -> range:
        clauses = self.reading.words.clauses
        begin, end = clauses[match.start], clauses[match.end - 1]
        return range(bisect_left(clauses, begin), bisect_right(clauses, end))

    def _likeliest(self) -> Sequence[int]:
        words, of_word = self.reading.words, self.weights.danger_of_word
        _, of_opt_out = self.weights.danger.get(STOP_SIGN, (0.0, 0.0))
        told = {words.sentences[match.start] for match in self.reading.kind("consent", "stop")}
        by_alarm, by_stop = [], []
        for number, span in self.sentences.items():
            unit = strength(len(span), self.weights.damping)
            alarm, stop = 0.0, of_opt_out if number in told else 0.0
            for text in words.texts[span.start : span.stop]:
                row = of_word(text)
                alarm, stop = alarm + row[0], stop + row[1]
            by_alarm.append((unit * alarm, number))
            by_stop.append((unit * stop, number))
        likeliest = (*sorted(by_alarm)[-MOST_LIKELY:], *sorted(by_stop)[-MOST_LIKELY:])
        return sorted({*self.flags.sentences[:MOST_FLAGGED], *(number for _, number in likeliest)})

    def _weigh(self, span: range) -> Danger:
        if span not in self._weighed:
            self._weighed[span] = weigh_danger(self._features_between(span), self.weights)
        return self._weighed[span]

    @cached_property
    def _weighed(self) -> dict[range, Danger]:
        """What was weighed: many symptoms stand at the same place, and some parts are asked for twice."""
        return {}

    def _features_of_each(self, spans: Iterable[range]) -> tuple[Features, ...]:
        whole = range(len(self.reading.words))
        return tuple(self._features_between(span) for span in dict.fromkeys(spans) if span != whole)

    def _features_between(self, span: range) -> Features:
        signs = chain.from_iterable(self.signs[place] for place in span if place in self.signs)
        return features_of(self.reading, self.kept(span), signs, self.denied)


def _round(match: Match, near: int, within: range) -> range:
    """The places of a match and of so many words on both sides of it."""
    return range(max(within.start, match.start - near), min(within.stop, match.end + near))
