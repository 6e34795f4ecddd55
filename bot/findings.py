"""What the rules found in one text beside their decision, and what its words weigh. Pure; bot.combining acts on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, takewhile

from bot.decision import Decision
from bot.intents import TopicScores
from bot.patterns import span_mask
from bot.reading import Reading
from bot.red_flags import RedFlags
from bot.second_opinion import Danger, Opinion, strength, weigh, weigh_danger, weigh_sentences
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
BARE, BARE_SENTENCE = 5, 4  # words; a red flag that is nearly all a text or a sentence says always stands
BARE_STOPS = frozenset(
    {"stop", "unsubscribe", "stop please", "please stop", "stop texting", "stop texting me", "alto"}
)
MOST_SENTENCES = 3  # of those with a symptom in them that are weighed by themselves
MOST_WEIGHED = 8  # of all sentences
STOP_SIGN = "@stop"
MOST_LIKELY = 2  # sentences of a very long text weighed for each danger, beside those the rules saw one in


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
        return self._kept().bit_count() <= BARE or any(kept.bit_count() <= BARE_SENTENCE for kept in flagged)

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
            return weigh_sentences(map(self._weigh_alone, self._likely_sentences()), self.weights)
        return weigh(self.features, self.weights)

    @property
    def features(self) -> Features:
        """What is weighed in the whole text."""
        signs = [*chain.from_iterable(self._signs.values()), *self._signs_of_whole()]
        return features_of(self.reading, self._kept(), signs, self.denied)

    def features_by_sentence(self) -> list[Features]:
        """What is weighed in each sentence by itself."""
        return list(map(self._features_of, self._spans))

    def _weigh_alone(self, sentence: int) -> Danger:
        """What a sentence weighs by itself."""
        return weigh_danger(self._features_of(sentence), self.weights)

    def _features_of(self, sentence: int) -> Features:
        return features_of(self.reading, self._kept(sentence), self._signs.get(sentence, ()), self.denied)

    @cached_property
    def _signs(self) -> Mapping[int, list[str]]:
        """What the rules saw, by the sentence it begins in; not what begins with good manners."""
        sentences, polite = self.reading.words.sentences, self._polite
        signs: dict[int, list[str]] = {}
        seen = [(match, (match.pattern.sign,)) for match in clearing_words(self.reading)]
        symptoms = [(match, symptom_signs(match.pattern, force)) for match, force in self.flags.judged]
        for match, names in chain(seen, symptoms):
            if not polite >> match.start & 1:
                signs.setdefault(sentences[match.start], []).extend(names)
        return signs

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

    def reads_alone(self) -> float:
        """The likeliest emergency among the sentences with a symptom, each weighed by itself."""
        return self._likeliest_among(self.flags.sentences[:MOST_SENTENCES])

    @property
    def hides_danger(self) -> bool:
        """Whether one sentence beside others may be an emergency though the whole text does not read like one."""
        if self.reading.is_story:
            return False
        speaking = [number for number in self._spans if self._kept(number)]
        beside = speaking[:MOST_WEIGHED] if len(speaking) > 1 else ()
        return self._likeliest_among(beside) >= THRESHOLDS.look_sentence

    def _likeliest_among(self, sentences: Sequence[int]) -> float:
        return max((self._weigh_alone(sentence).alarm for sentence in sentences), default=0.0)
