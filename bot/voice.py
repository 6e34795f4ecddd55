"""What the bot speaks with: the clinic's words and the router that reads a text. Values only."""

from collections.abc import Callable
from dataclasses import dataclass

from alerts.page_words import PageWords
from bot.decision import Context, Decision
from bot.router import decide as read_text
from bot.vocabulary import Vocabulary
from config import Settings
from messages.catalogue import Pack

Decide = Callable[[str, Context, Vocabulary], Decision]


@dataclass(frozen=True, slots=True)
class Voice:
    """Words and reading. `all_approved`: in simulation every text counts as approved. `public_url`: for links.

    `opt_out_key`: under it opt-outs outlive erasure; None only where nobody was ever erased (tests).
    """

    pack: Pack
    vocabulary: Vocabulary
    all_approved: bool = False
    public_url: str = ""
    opt_out_key: bytes | None = None
    decide: Decide = read_text

    @classmethod
    def of_installation(cls, pack: Pack, vocabulary: Vocabulary, settings: Settings) -> "Voice":
        """The voice of one running installation. Raises KeysNotMadeError before ensure_keys."""
        return cls(
            pack,
            vocabulary,
            all_approved=settings.carrier == "simulated",
            public_url=settings.public_url.rstrip("/"),
            opt_out_key=settings.opt_out_key,
        )

    @property
    def pages(self) -> PageWords:
        """What an on-call phone reads."""
        return PageWords(self.pack, self.public_url)
