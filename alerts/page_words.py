"""What an on-call phone reads: a code and a link, never a name or a symptom (RULES 8)."""

from dataclasses import dataclass

from messages.catalogue import NO_EDITS, Edits, Pack

TOPIC, LANGUAGE, VARIANT = "alert_page", "en", "any"  # for staff


@dataclass(frozen=True, slots=True)
class PageText:
    """A page ready to send. `topic` is None where it does not come from the pack."""

    text: str
    topic: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class PageWords:
    """Writes pages. Without a pack or an address of ours the link is left out and the code alone does it."""

    pack: Pack | None = None
    public_url: str = ""
    edits: Edits = NO_EDITS

    def write(self, *, code: str, alert_id: int) -> PageText:
        """The page for one alert."""
        if self.pack is None or not self.public_url:
            return PageText(f"Urgent text waiting, thread {code}. Reply OK {code}.")
        link = f"{self.public_url}/alerts/{alert_id}"
        values = {"alert_code": code, "alert_link": link}
        words = self.pack.render(TOPIC, LANGUAGE, VARIANT, values, self.edits)
        return PageText(words.text, words.topic, words.version)


CODE_ONLY = PageWords()
