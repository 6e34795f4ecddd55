"""What one running installation is made of. Opens things; starts no thread and touches no row."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from carriers.base import Carrier
from carriers.simulated import SimulatedCarrier
from config import Settings
from messages.catalogue import Pack, PackError, shipped_pack
from models.database import Database
from outbox.backlog import Backlog

if TYPE_CHECKING:
    from bot.vocabulary import Vocabulary
    from photos.store import PhotoStore


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything an edge or a job needs. `wake` is set when there may be something to send; `backlog` hears of texts
    that may have been turned away.
    """

    settings: Settings
    database: Database
    carrier: Carrier
    pack: Pack
    vocabulary: "Vocabulary"
    wake: threading.Event = field(default_factory=threading.Event)
    backlog: Backlog = field(default_factory=Backlog)

    def photo_store(self) -> "PhotoStore":
        """Where pictures live, encrypted."""
        from photos.store import PhotoStore  # brings cryptography in

        return PhotoStore(self.settings.data_dir / "photos", self.settings.photo_keys)

    def fetch_photo(self, url: str) -> bytes:
        """A picture's bytes at the carrier. Raises MediaGone or MediaNotYet."""
        from photos.fetch import MediaGone, MediaRules, fetch_media  # brings requests in

        if isinstance(self.carrier, SimulatedCarrier):
            content = self.carrier.read_media(url)
            if content is None:
                raise MediaGone("the simulated carrier has no such picture")
            return content
        told = self.settings
        rules = MediaRules(told.twilio_account_sid or "", told.twilio_auth_tokens[0])
        return fetch_media(url, replace(rules, api_base=told.twilio_api_base or rules.api_base))

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()


def open_deployment(settings: Settings) -> Deployment:
    """Open one installation. Raises PackError where the clinic's words cannot be used."""
    pack, vocabulary = _shipped_words()
    database = Database(settings.database_url)
    here = Deployment(
        settings=settings,
        database=database,
        carrier=CARRIERS[settings.carrier](settings, database),
        pack=pack,
        vocabulary=vocabulary,
    )
    database.when_lost = here.backlog.suspect
    return here


@cache
def _shipped_words() -> tuple[Pack, "Vocabulary"]:
    """The clinic's words and how texts are understood: read and checked once a process, never changed.

    Raises PackError, also for a phrase in the pack's files that would silence safety.
    """
    from bot.phrase_safety import check_pack_phrases
    from bot.regression_table import load_regression_table
    from bot.vocabulary import shipped_vocabulary  # the largest import; commands without it stay quick

    pack, vocabulary = shipped_pack(), shipped_vocabulary()
    problems = check_pack_phrases(pack, vocabulary, load_regression_table())
    if problems:
        raise PackError(problems)
    return pack, vocabulary


def _twilio(settings: Settings, _database: Database) -> Carrier:
    from carriers.twilio import Timeouts, TwilioCarrier  # not needed in simulation

    return TwilioCarrier(
        settings.twilio_account_sid or "",
        settings.twilio_auth_tokens,
        settings.twilio_api_base,
        Timeouts(
            connect=settings.send_connect_timeout.total_seconds(), read=settings.send_timeout.total_seconds()
        ),
    )


def _simulated(settings: Settings, database: Database) -> Carrier:
    return SimulatedCarrier(
        database,
        secrets=(settings.secret_key,),
        public_url=settings.public_url,
        carrier_confirms=settings.opt_out_mode == "twilio",
    )


CARRIERS: dict[str, Callable[[Settings, Database], Carrier]] = {"twilio": _twilio, "simulated": _simulated}
