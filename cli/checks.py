"""What a check of `doctor` finds: how bad, what, and the cure."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """WRONG makes `doctor` fail; LOOK is worth a look."""

    WRONG = "wrong"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing and its cure, both plain words."""

    level: Level
    what: str
    cure: str

    def as_line(self) -> str:
        """For people."""
        return f"{self.level.value.upper():5}  {self.what}\n       -> {self.cure}"

    def as_row(self) -> dict[str, str]:
        """For machines."""
        return {"level": self.level.value, "what": self.what, "cure": self.cure}


def wrong(what: str, cure: str) -> list[Finding]:
    """One finding that must be cured."""
    return [Finding(Level.WRONG, what, cure)]


def look(what: str, cure: str) -> list[Finding]:
    """One finding worth a look."""
    return [Finding(Level.LOOK, what, cure)]
