"""What one running installation is made of. Opens things; starts no thread and touches no row."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from carriers.base import Carrier
from config import Settings
from messages.catalogue import Pack, load_pack
from models.database import Database

if TYPE_CHECKING:
    from bot.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything an edge or a job needs. `wake` is set when there may be something to send."""

    settings: Settings
    database: Database
    carrier: Carrier
    pack: Pack
    vocabulary: "Vocabulary"
    wake: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()


def open_deployment(settings: Settings) -> Deployment:
    """Open one installation. Raises PackError where the clinic's words cannot be used."""
    from bot.vocabulary import load_vocabulary  # the largest import; commands without it stay quick

    database = Database(settings.database_url)
    return Deployment(
        settings=settings,
        database=database,
        carrier=CARRIERS[settings.carrier](settings, database),
        pack=load_pack(),
        vocabulary=load_vocabulary(),
    )


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
    from carriers.simulated import SimulatedCarrier  # not needed with a real carrier

    return SimulatedCarrier(
        database,
        secrets=(settings.secret_key,),
        public_url=settings.public_url,
        carrier_confirms=settings.opt_out_mode == "twilio",
    )


CARRIERS: dict[str, Callable[[Settings, Database], Carrier]] = {"twilio": _twilio, "simulated": _simulated}
