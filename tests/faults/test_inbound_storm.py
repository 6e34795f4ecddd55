"""kill -9 again and again while texts come in from many phones: each is on file once, whoever took it (R1).

Each text is pushed twice at once, for a carrier may repeat itself; on PostgreSQL two processes answer.
The carrier knows every text that was sent; `messages list` says what the clinic has. Nothing else is compared.
Sizes: AFTERCARE_KILLS and AFTERCARE_TEXTS_IN; `make test-full` runs the small ones, `make soak` the large ones.
"""

import http.client
import os
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.factories import OUR_NUMBER
from tests.support.intact import check_intact
from tests.support.processes import Stand, number_of_client, warm_stand
from tests.support.twilio_webhooks import inbound_fields, new_sid

PHONES = 500
AT_ONCE = 4
COURTESY = "thank you so much!"  # recorded, never answered: this storm is about what comes in
STOP_EVERY = 50  # texts: an opt-out is an act of the audit; the carrier confirms it


def size(kills: int, texts: int) -> tuple[int, int]:
    """(kills, texts), unless the environment says otherwise."""
    return int(os.environ.get("AFTERCARE_KILLS", kills)), int(os.environ.get("AFTERCARE_TEXTS_IN", texts))


SIZES = (
    pytest.param(*size(4, 800), id="small", marks=(pytest.mark.full, pytest.mark.timeout(900))),
    pytest.param(*size(200, 100_000), id="whole", marks=(pytest.mark.soak, pytest.mark.timeout(0))),
)


@pytest.mark.parametrize(("kills", "texts"), SIZES)
def test_on_sqlite(tmp_path: Path, kills: int, texts: int) -> None:
    with warm_stand(tmp_path) as here:
        storm(here, kills, texts, commands=("run",))


@pytest.mark.postgres
@pytest.mark.parametrize(("kills", "texts"), SIZES)
def test_on_postgresql(tmp_path: Path, postgres_url: str, kills: int, texts: int) -> None:
    with warm_stand(tmp_path, postgres_url) as here:
        storm(here, kills, texts, commands=("web", "worker"))


def storm(here: Stand, kills: int, texts: int, *, commands: tuple[str, ...]) -> None:
    """Phones text without a pause; between two kills a share of the texts comes in."""
    chance = random.Random(5)
    alive = [here.start(command) for command in commands]
    here.wait(lambda: here.ask("/healthz") == 200, "the first answer")
    phones = Phones(here, texts)
    phones.start()
    for kill in range(1, kills + 1):
        here.wait(lambda kill=kill: phones.sent >= texts * kill // (kills + 1), "the next share", 3600)  # type: ignore[misc]
        place = chance.randrange(len(alive))
        time.sleep(chance.uniform(0.0, 0.5))
        alive[place].kill()
        time.sleep(chance.uniform(0.0, 0.3))
        alive[place] = here.start(commands[place])
        here.wait(lambda: here.ask("/healthz") == 200, "an answer between two kills")
    phones.join()
    alive[-1].kill()  # the last start fetches what nobody was there to take
    alive[-1] = here.start(commands[-1])

    here.wait(lambda: set(here.on_file()) == phones.texted, "every text on file", 600)
    assert max(here.on_file().values()) == 1
    assert set(phones.answers) <= {200, 0, 503}
    assert phones.answers[200] > texts
    check_intact(here)
    print(
        f"kills {kills}, texts in {texts}, pushed twice: answers {dict(phones.answers)}; 0 lost, 0 twice",
        flush=True,
    )


class Phones:
    """AT_ONCE threads that text for PHONES numbers. `texted` are the ids the carrier gave; two answers for each."""

    def __init__(self, here: Stand, texts: int) -> None:
        self._here = here
        self._places: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(texts):
            self._places.put(place)
        self._threads = [threading.Thread(target=self._text) for _ in range(AT_ONCE)]
        self._pushes = ThreadPoolExecutor(2 * AT_ONCE)
        self._lock = threading.Lock()
        self.texted: set[str] = set()
        self.answers: Counter[int] = Counter()

    @property
    def sent(self) -> int:
        """How many texts have been sent so far."""
        return len(self.texted)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Until the last text was sent."""
        for thread in self._threads:
            thread.join()
        self._pushes.shutdown()

    def _text(self) -> None:
        while True:
            try:
                place = self._places.get_nowait()
            except queue.Empty:
                return
            sid, answers = self._text_twice(number_of_client(place % PHONES), body_of(place))
            with self._lock:
                self.texted.add(sid)
                self.answers.update(answers)
            if set(answers) != {200}:
                time.sleep(0.25)  # nobody is there for a second or two

    def _text_twice(self, number: str, body: str) -> tuple[str, list[int]]:
        """The carrier keeps the text and pushes it twice at once: (its id, our answers)."""
        text = {"from": number, "to": OUR_NUMBER, "body": body, "deliver": False, "sid": new_sid("SM")}
        self._here.wait(
            lambda: self._here.control("text_in", text) is not None, "the fake carrier to take a text"
        )
        return str(text["sid"]), list(self._pushes.map(self._push, [text, text]))

    def _push(self, text: Mapping[str, Any]) -> int:
        fields = inbound_fields(text["from"], text["to"], text["body"], sid=text["sid"])
        try:
            return self._here.hooks.post("/webhooks/sms", fields)
        except (OSError, http.client.HTTPException):  # a reply cut off in the middle is none
            return 0


def body_of(place: int) -> str:
    """What is texted in this place."""
    return "STOP" if place % STOP_EVERY == 0 else COURTESY
