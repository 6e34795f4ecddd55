"""A carrier over TLS whose first connection stands only when the sender's last check is too old to act on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from carriers.twilio import Timeouts, TwilioCarrier
from outbox.delivery import Sender
from outbox.timing import Spans
from tests.support.certificate import make_certificate
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio
from tests.support.world import World

SPANS = Spans(connect=timedelta(seconds=40), read=timedelta(seconds=40), lease=timedelta(seconds=90))


class SlowLine:
    """`meanwhile` happens while the first connection is made."""

    def __init__(self, world: World, twilio: FakeTwilio, meanwhile: Callable[[], None]) -> None:
        self.twilio, self.was_slow = twilio, False
        self._world, self._meanwhile = world, meanwhile
        self._take_up = twilio._server.get_request
        limits = Timeouts(SPANS.connect.total_seconds(), SPANS.read.total_seconds())
        self._sender = Sender(
            world.line.database,
            TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, limits),
            public_url="https://clinic.example",
            spans=SPANS,
            pace=timedelta(),
            clocks=replace(world.clock.clocks(), steady=time.monotonic),
        )

    def take_up(self) -> Any:
        """The client's handshake waits for this."""
        if not self.was_slow:
            self.was_slow = True
            self._meanwhile()
            threading.Event().wait(SPANS.intent_max_age.total_seconds())
        return self._take_up()

    def send(self) -> None:
        """All that may leave now; then a minute passes."""
        while self._sender.deliver_next():
            pass
        self._world.clock.move(seconds=60)

    def bodies(self) -> list[str]:
        """What the carrier took."""
        return [text.body for text in self.twilio.accepted]


@contextmanager
def slow_line(world: World, folder: Path, meanwhile: Callable[[], None]) -> Iterator[SlowLine]:
    """The line of this world's sender, with a certificate of its own."""
    certificate = make_certificate(folder)
    trusted = {"REQUESTS_CA_BUNDLE": str(certificate[0]), "NO_PROXY": "*"}
    with patch.dict("os.environ", trusted), FakeTwilio(tls=certificate) as twilio:
        line = SlowLine(world, twilio, meanwhile)
        with patch.object(twilio._server, "get_request", line.take_up):
            yield line
