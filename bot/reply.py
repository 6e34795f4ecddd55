"""An answer as values: what it depends on, its texts and who must look. No rule, no words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.decision import Urgency
from messages.catalogue import Moment, Words
from messages.segments import count_segments
from outbox.kinds import Kind

NOBODY = ""


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What an answer depends on besides the decision. `values` are in the decision's language.

    is_client: the number belongs to somebody on file. is_shared: to several. was_greeted: within 30 days.
    is_late: found after down time, over two hours old. was_noted_late: and its sender was told so.
    may_be_answered: fetched again after a restore; what we said to it is not on file.
    """

    values: Mapping[str, str]
    moment: Moment = field(default_factory=Moment)
    is_client: bool = True
    is_shared: bool = False
    was_greeted: bool = False
    open_question: str | None = None
    has_photo: bool = False
    is_late: bool = False
    was_noted_late: bool = False
    may_be_answered: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One text to send; `words` has several entries where answers were joined."""

    kind: Kind
    words: tuple[Words, ...]

    @property
    def text(self) -> str:
        return " ".join(words.text for words in self.words)

    @property
    def topic(self) -> str:
        return "+".join(words.topic for words in self.words)

    @property
    def version(self) -> str:
        return "+".join(words.version for words in self.words)

    @property
    def segments(self) -> int:
        return count_segments(self.text).segments


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said and who must look. `person` is why, empty = nobody has to; `drafts` are suggestions for staff."""

    parts: tuple[Part, ...] = ()
    person: str = NOBODY
    urgency: Urgency = Urgency.NORMAL
    drafts: tuple[Words, ...] = ()
    closes_question: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts in order, as they go out."""
        return tuple(part.text for part in self.parts)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the texts in order."""
        return tuple(words.topic for part in self.parts for words in part.words)

    @property
    def versions(self) -> tuple[str, ...]:
        """The wording versions of the texts in order."""
        return tuple(words.version for part in self.parts for words in part.words)

    @property
    def variants(self) -> dict[str, str]:
        """The variant chosen of each topic, said or suggested."""
        chosen = (*self.drafts, *(words for part in self.parts for words in part.words))
        return {words.topic: words.variant for words in chosen}

    @property
    def approved(self) -> bool:
        """Whether everything the decision calls for may go out by itself."""
        return not self.drafts and all(words.approved for part in self.parts for words in part.words)
