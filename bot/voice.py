"""What the bot speaks with: the clinic's words and the router that reads a text. Values only."""

from collections.abc import Callable
from dataclasses import dataclass

from alerts.page_words import PageWords
from bot.decision import Context, Decision
from bot.router import decide as read_text
from bot.vocabulary import Vocabulary
from messages.catalogue import Pack

Decide = Callable[[str, Context, Vocabulary], Decision]


@dataclass(frozen=True, slots=True)
class Voice:
    """Words and reading. `all_approved`: in simulation every text counts as approved. `public_url`: for links."""

    pack: Pack
    vocabulary: Vocabulary
    all_approved: bool = False
    public_url: str = ""
    decide: Decide = read_text

    @property
    def pages(self) -> PageWords:
        """What an on-call phone reads."""
        return PageWords(self.pack, self.public_url)
