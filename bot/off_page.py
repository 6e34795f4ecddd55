"""What the clinic's page says nothing of, as far as no negation or idiom takes it back. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.clauses import Clearing
from bot.decision import Urgency
from bot.patterns import Match
from bot.reading import Reading

TABLE = "off_page"
URGENT = 2  # the weight of what a person must see the same day


@dataclass(frozen=True, slots=True)
class OffPage:
    """What was found."""

    matches: tuple[Match, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Each kind once, in the order of the patterns."""
        return tuple(dict.fromkeys(match.pattern.key for match in self.matches))

    @property
    def note(self) -> str:
        """For staff."""
        return f"not on the clinic's page: {', '.join(self.kinds)}"

    @property
    def urgency(self) -> Urgency:
        """How soon a person must look."""
        is_urgent = any(match.pattern.weight == URGENT for match in self.matches)
        return Urgency.TODAY if is_urgent else Urgency.NORMAL


def read_off_page(reading: Reading, clearing: Clearing, *, without: Collection[str] = ()) -> OffPage:
    """Everything of one text, but for the kinds named."""
    found = (match for match in reading.table(TABLE) if match.pattern.key not in without)
    return OffPage(tuple(match for match in found if not clearing.is_denied(match)))
