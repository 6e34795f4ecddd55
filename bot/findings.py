"""What the rules found in one text beside their decision, and what its words weigh. Pure; bot.combining acts on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, takewhile

from bot.decision import Decision
from bot.intents import TopicScores
from bot.parts import Parts
from bot.reading import Reading
from bot.red_flags import RedFlags
from bot.second_opinion import Opinion, weigh, weigh_sentences
from bot.thresholds import THRESHOLDS
from bot.word_features import QUESTION_SIGN, UNSURE_SIGN, Features, features_of, topic_signs
from bot.word_weights import WordWeights

SHORT = 8  # words; a bare statement is believed sooner
BARE, BARE_SENTENCE = 5, 4  # words; a red flag that is nearly all a text or a sentence says always stands
BARE_STOPS = frozenset(
    {"stop", "unsubscribe", "stop please", "please stop", "stop texting", "stop texting me", "alto"}
)


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
    def parts(self) -> Parts:
        """The parts of the text, to be weighed by themselves."""
        return Parts(self.reading, self.flags, self.weights, self.denied)

    @property
    def _kept(self) -> int:
        """The words besides good manners, one bit each."""
        return self.parts.kept(range(len(self.reading.words)))

    @property
    def is_bare(self) -> bool:
        """Whether a symptom is nearly all that the text, or one of its sentences, says."""
        if self._kept.bit_count() <= BARE:
            return True
        flagged = map(self.parts.sentences.__getitem__, self.flags.sentences)
        return any(self.parts.kept(span).bit_count() <= BARE_SENTENCE for span in flagged)

    @property
    def is_short(self) -> bool:
        """A bare statement without a story round it."""
        return not self.reading.is_story and self._kept.bit_count() <= SHORT

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
            return weigh_sentences(self.parts.likeliest_sentences(), self.weights)
        return weigh(self.features, self.weights)

    @property
    def features(self) -> Features:
        """What is weighed in the whole text."""
        signs = [*chain.from_iterable(self.parts.signs.values()), *self._signs_of_whole()]
        return features_of(self.reading, self._kept, signs, self.denied)

    @property
    def hides_opt_out(self) -> bool:
        """Whether the text or a part of it may be an opt-out."""
        parts = self.parts
        likeliest = max(self.opinion.stop, parts.opt_out_alone.stop, parts.stop_in_a_sentence.stop)
        return likeliest >= THRESHOLDS.look_stop

    @property
    def hides_danger(self) -> bool:
        """Whether a part of the text may be an emergency though the whole text does not read like one."""
        return self.parts.likeliest_alarm >= THRESHOLDS.look_sentence

    def _signs_of_whole(self) -> Iterator[str]:
        """What the rules made of the text as a whole."""
        if self.flags.unsure:
            yield UNSURE_SIGN
        if self.reading.question:
            yield QUESTION_SIGN
        yield from topic_signs(self.topics.scores, self.topics.chosen, self.decision.action.value)
