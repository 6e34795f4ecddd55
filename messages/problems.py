"""What is wrong with a words pack: each problem names its file and its cure. Collected, so that all show at once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `where` is the file inside the pack, `cure` the sentence that says what to do."""

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.cure}"


class PackError(ValueError):
    """The words pack cannot be used. `problems` lists everything found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MissingValue(ValueError):
    """A text needs a value nobody gave: nothing is sent, rather than a half-filled text."""

    def __init__(self, topic: str, field: str) -> None:
        self.topic = topic
        self.field = field
        super().__init__(f"the text {topic!r} needs a value for {{{field}}}")
