"""What the rules found in one text beside their decision, and what its words weigh. Pure; bot.combining acts on it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, islice, takewhile
from operator import attrgetter
from typing import NamedTuple

from bot.clauses import Force
from bot.decision import Decision
from bot.intents import TopicScores
from bot.patterns import Match, span_mask
from bot.reading import Reading
from bot.red_flags import RedFlags
from bot.second_opinion import NO_DANGER, Danger, Opinion, strength, weigh, weigh_danger, weigh_sentences
from bot.thresholds import THRESHOLDS
from bot.word_features import (
    QUESTION_SIGN,
    UNSURE_SIGN,
    Features,
    clearing_words,
    features_of,
    polite_places,
    symptom_signs,
    topic_signs,
)
from bot.word_weights import WordWeights

SHORT = 8  # words; a bare statement is believed sooner
BARE, BARE_PART = 5, 4  # words; a red flag that is nearly all that a text or a sentence says always stands
BARE_STOPS = frozenset(
    {"stop", "unsubscribe", "stop please", "please stop", "stop texting", "stop texting me", "alto"}
)
MOST_SENTENCES = 3  # of those with a symptom in them that are weighed by themselves
MOST_WEIGHED = 8  # of all sentences
NEAR_SYMPTOM, NEAR_OPT_OUT = 4, 6  # words on both sides that are weighed with it
MOST_ALONE = 6  # symptoms or opt-outs weighed so
CLEARED = frozenset({Force.NEGATED, Force.IDIOM})
STOP_SIGN = "@stop"
MOST_LIKELY = 2  # sentences of a very long text weighed for each danger, beside those the rules saw one in


class Parts(NamedTuple):
    """What is weighed in each sentence, and round each symptom and opt-out, where there is more beside it."""

    sentences: tuple[Features, ...]
    symptoms: tuple[Features, ...]
    opt_outs: tuple[Features, ...]


@dataclass(frozen=True)
class Findings:
    """What the rules found in one text beside their decision, and the opinion of the words."""

    decision: Decision
    reading: Reading
    weights: WordWeights
    flags: RedFlags
    topics: TopicScores
    denied: int = 0  # words after a negator, one bit each
    # Nothing stands against an answer: the stated time fits the record, nothing is asked that is off the page for good.
    may_answer: bool = True

    @cached_property
    def _spans(self) -> Mapping[int, range]:
        """The places of each sentence."""
        spans: dict[int, range] = {}
        begin = 0
        for number, words in groupby(self.reading.words.sentences):
            end = begin + len(list(words))
            spans[number] = range(begin, end)
            begin = end
        return spans

    @cached_property
    def _polite(self) -> int:
        return polite_places(self.reading)

    def _kept(self, sentence: int | None = None) -> int:
        """The words of a sentence, or of the whole text, besides good manners, one bit each."""
        whole = range(len(self.reading.words))
        span = whole if sentence is None else self._spans[sentence]
        return span_mask(span.start, span.stop) & ~self._polite

    @property
    def is_bare(self) -> bool:
        """Whether a symptom is nearly all that the text, or one of its sentences, says."""
        flagged = map(self._kept, self.flags.sentences)
        return self._kept().bit_count() <= BARE or any(kept.bit_count() <= BARE_PART for kept in flagged)

    @property
    def clause_alone(self) -> float:
        """The likeliest emergency among the clauses that say hardly more than a live symptom, each by itself."""
        live = (match for match, force in self._first_symptoms if force is Force.LIVE)
        spans = {self._clause_of(match) for match in live}
        return max((self._weigh_alone(span).alarm for span in spans if len(span) <= BARE_PART), default=0.0)

    def _clause_of(self, match: Match) -> range:
        clauses = self.reading.words.clauses
        return range(
            bisect_left(clauses, clauses[match.start]), bisect_right(clauses, clauses[match.end - 1])
        )

    @property
    def is_short(self) -> bool:
        """A bare statement without a story round it."""
        return not self.reading.is_story and self._kept().bit_count() <= SHORT

    @property
    def begins_with_stop(self) -> bool:
        """Whether the keyword stands alone in the first clause: "Stop. Also …"."""
        words = self.reading.words
        first = takewhile(
            lambda pair: pair[0] == words.clauses[0], zip(words.clauses, words.texts, strict=True)
        )
        return " ".join(text for _, text in first) in BARE_STOPS

    @property
    def lid_alone(self) -> bool:
        """A droopy lid without another symptom: a person the same day (docs/red-flags.md)."""
        lid = bool(self.reading.kind("off_page", "eyelid"))
        return lid and not self.flags.sentences

    @cached_property
    def opinion(self) -> Opinion:
        """The opinion on the whole text; of a very long one on the sentences most likely to be dangers."""
        if self.reading.is_story:
            likely = (self._spans[number] for number in self._likely_sentences())
            return weigh_sentences(map(self._weigh_alone, likely), self.weights)
        return weigh(self.features, self.weights)

    @property
    def features(self) -> Features:
        """What is weighed in the whole text."""
        signs = [*chain.from_iterable(self._signs.values()), *self._signs_of_whole()]
        return features_of(self.reading, self._kept(), signs, self.denied)

    def features_of_parts(self) -> Parts:
        """What is weighed in parts of the text by themselves."""
        return Parts(
            self._features_of_each(self._spans.values()),
            self._features_of_each(self._round_symptoms()),
            self._features_of_each(self._round_opt_outs()),
        )

    def _features_of_each(self, spans: Iterable[range]) -> tuple[Features, ...]:
        whole = range(len(self.reading.words))
        return tuple(self._features_between(span) for span in dict.fromkeys(spans) if span != whole)

    def _weigh_alone(self, span: range) -> Danger:
        """What these words weigh by themselves."""
        return weigh_danger(self._features_between(span), self.weights)

    def _features_between(self, span: range) -> Features:
        signs = chain.from_iterable(self._signs[place] for place in span if place in self._signs)
        kept = span_mask(span.start, span.stop) & ~self._polite
        return features_of(self.reading, kept, signs, self.denied)

    @cached_property
    def _signs(self) -> Mapping[int, list[str]]:
        """What the rules saw, by the place it begins at; not what begins with good manners."""
        signs: dict[int, list[str]] = {}
        seen = [(match, (match.pattern.sign,)) for match in clearing_words(self.reading)]
        symptoms = [(match, symptom_signs(match.pattern, force)) for match, force in self.flags.judged]
        for match, names in chain(seen, symptoms):
            if not self._polite >> match.start & 1:
                signs.setdefault(match.start, []).extend(names)
        return signs

    @property
    def symptom_alone(self) -> Danger:
        """The likeliest emergency among the symptoms that are not taken back, with the words next to each."""
        told = (danger for danger, force in self._by_symptom if force not in CLEARED)
        return max(told, key=attrgetter("alarm"), default=NO_DANGER)

    @cached_property
    def _by_symptom(self) -> Sequence[tuple[Danger, Force]]:
        """What the first few symptoms weigh, each with the words next to it."""
        forces = [force for _, force in self._first_symptoms]
        return list(zip(map(self._weigh_alone, self._round_symptoms()), forces, strict=True))

    @cached_property
    def _first_symptoms(self) -> Sequence[tuple[Match, Force]]:
        """Those that are taken back last."""
        return sorted(self.flags.judged, key=lambda pair: pair[1] in CLEARED)[:MOST_ALONE]

    @cached_property
    def opt_out_alone(self) -> Danger:
        """The likeliest opt-out among those the rules saw, each weighed with the words next to it."""
        return max(map(self._weigh_alone, self._round_opt_outs()), key=attrgetter("stop"), default=NO_DANGER)

    def _round_symptoms(self) -> Sequence[range]:
        """Their places, and those of the words next to them."""
        whole = range(len(self.reading.words))
        return [_round(match, NEAR_SYMPTOM, whole) for match, _ in self._first_symptoms]

    def _round_opt_outs(self) -> Sequence[range]:
        """The places of the first few, and of the words next to them in the same sentence."""
        sentences = self.reading.words.sentences
        told = islice(self.reading.kind("consent", "stop"), MOST_ALONE)
        return [_round(match, NEAR_OPT_OUT, self._spans[sentences[match.start]]) for match in told]

    def _signs_of_whole(self) -> Iterator[str]:
        """What the rules made of the text as a whole."""
        if self.flags.unsure:
            yield UNSURE_SIGN
        if self.reading.question:
            yield QUESTION_SIGN
        yield from topic_signs(self.topics.scores, self.topics.chosen, self.decision.action.value)

    def _likely_sentences(self) -> Sequence[int]:
        """Those with a live symptom, and those whose words and opt-outs weigh most."""
        words, of_word = self.reading.words, self.weights.danger_of_word
        _, of_opt_out = self.weights.danger.get(STOP_SIGN, (0.0, 0.0))
        told = {words.sentences[match.start] for match in self.reading.kind("consent", "stop")}
        by_alarm, by_stop = [], []
        for number, span in self._spans.items():
            unit = strength(len(span), self.weights.damping)
            alarm, stop = 0.0, of_opt_out if number in told else 0.0
            for text in words.texts[span.start : span.stop]:
                row = of_word(text)
                alarm, stop = alarm + row[0], stop + row[1]
            by_alarm.append((unit * alarm, number))
            by_stop.append((unit * stop, number))
        likeliest = (*sorted(by_alarm)[-MOST_LIKELY:], *sorted(by_stop)[-MOST_LIKELY:])
        return sorted({*self.flags.sentences[:MOST_SENTENCES], *(number for _, number in likeliest)})

    @property
    def sentence_alone(self) -> float:
        """The likeliest emergency among the sentences with a symptom, each weighed by itself."""
        sentences = (self._spans[number] for number in self.flags.sentences[:MOST_SENTENCES])
        return max((self._weigh_alone(span).alarm for span in sentences), default=0.0)

    @property
    def stop_in_a_sentence(self) -> Danger:
        """The likeliest opt-out among the sentences, each weighed by itself."""
        return max(self._by_sentence, key=attrgetter("stop"), default=NO_DANGER)

    @cached_property
    def _by_sentence(self) -> Sequence[Danger]:
        """What the first few sentences weigh by themselves, where there are several; of no story."""
        speaking = [number for number in self._spans if self._kept(number)]
        beside = speaking[:MOST_WEIGHED] if len(speaking) > 1 and not self.reading.is_story else ()
        return [self._weigh_alone(self._spans[number]) for number in beside]

    @property
    def hides_opt_out(self) -> bool:
        """Whether the text, a sentence or what the rules take for an opt-out may be one."""
        likeliest = max(self.opinion.stop, self.opt_out_alone.stop, self.stop_in_a_sentence.stop)
        return likeliest >= THRESHOLDS.look_stop

    @property
    def hides_danger(self) -> bool:
        """Whether one sentence or symptom beside others may be an emergency though the whole text reads like none."""
        weighed = chain(self._by_sentence, (danger for danger, _ in self._by_symptom))
        return any(danger.alarm >= THRESHOLDS.look_sentence for danger in weighed)


def _round(match: Match, near: int, within: range) -> range:
    """The places of a match and of so many words on both sides of it."""
    return range(max(within.start, match.start - near), min(within.stop, match.end + near))
