"""What the rules found in one text beside their decision, and what its words weigh. Pure; bot.combining acts on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.decision import Decision
from bot.reading import Reading
from bot.second_opinion import Opinion, weigh, weigh_danger
from bot.thresholds import THRESHOLDS
from bot.word_features import Features, Sign, features_of, polite_places
from bot.word_weights import WordWeights

SHORT = 8  # words; a bare statement is believed sooner
BARE, BARE_SENTENCE = 5, 4  # words; a red flag that is nearly all a text or a sentence says always stands
BARE_STOPS = frozenset(
    {"stop", "unsubscribe", "stop please", "please stop", "stop texting", "stop texting me", "alto"}
)
MOST_SENTENCES = 3  # of those with a symptom in them that are weighed by themselves
MOST_WEIGHED = 8  # of all sentences


@dataclass(frozen=True)
class Findings:
    """What the rules found in one text beside their decision, and the opinion of the words."""

    decision: Decision
    reading: Reading
    weights: WordWeights
    signs: Sequence[Sign] = field(default=())
    unsure: bool = False  # a symptom the rules could not clear
    flagged: Sequence[int] = field(default=())  # sentences in which a symptom is live
    denied: int = 0  # words after a negator, one bit each
    # Nothing stands against an answer: the stated time fits the record, nothing is asked that is off the page for good.
    may_answer: bool = True

    @cached_property
    def lengths(self) -> Counter[int]:
        """How many words each sentence has besides good manners."""
        manners = polite_places(self.reading)
        return Counter(word.sentence for i, word in enumerate(self.reading.words) if not manners >> i & 1)

    @property
    def is_bare(self) -> bool:
        """Whether a symptom is nearly all that the text, or one of its sentences, says."""
        is_bare_sentence = (self.lengths[sentence] <= BARE_SENTENCE for sentence in self.flagged)
        return self.lengths.total() <= BARE or any(is_bare_sentence)

    @property
    def is_short(self) -> bool:
        """A bare statement without a story round it."""
        return not self.reading.is_story and self.lengths.total() <= SHORT

    @property
    def begins_with_stop(self) -> bool:
        """Whether the keyword stands alone in the first clause: "Stop. Also …"."""
        words = self.reading.words
        first = [word.text for word in words if word.clause == words[0].clause]
        return " ".join(first) in BARE_STOPS

    @property
    def lid_alone(self) -> bool:
        """A droopy lid without another symptom: a person the same day (docs/red-flags.md)."""
        lid = any(match.pattern.key == "eyelid" for match in self.reading.table("off_page"))
        return lid and not self.flagged

    @cached_property
    def opinion(self) -> Opinion:
        """The opinion on the whole text."""
        return weigh(self._features(), self.weights, topics=not self.reading.is_story)

    def _features(self, sentence: int | None = None) -> Features:
        return features_of(self.reading, self.signs, sentence, denied=self.denied)

    def reads_alone(self) -> float:
        """The likeliest emergency among the sentences with a symptom, each weighed by itself."""
        return self._likeliest_among(self.flagged[:MOST_SENTENCES])

    @property
    def hides_danger(self) -> bool:
        """Whether one sentence beside others may be an emergency though the whole text does not read like one."""
        if self.reading.is_story:
            return False
        sentences = sorted(self.lengths)
        beside = sentences[:MOST_WEIGHED] if len(sentences) > 1 else ()
        return self._likeliest_among(beside) >= THRESHOLDS.look_sentence

    def _likeliest_among(self, sentences: Sequence[int]) -> float:
        weighed = (weigh_danger(self._features(sentence), self.weights)[0] for sentence in sentences)
        return max(weighed, default=0.0)
