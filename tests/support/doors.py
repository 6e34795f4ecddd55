"""Several hosts that take texts in: a `web` on each, and a carrier that pushes to whichever it likes."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Self

from sqlalchemy import select

from models.conversation import Conversation
from tests.support.factories import OUR_NUMBER
from tests.support.hosts import Net
from tests.support.process import Process
from tests.support.processes import Stand, number_of_client
from tests.support.twilio_webhooks import WebhookSender, inbound_fields, new_sid
from tests.support.waiting import count_waiting

QUESTION = "Can I work out tonight?"
AT_ONCE = 16


class Doors:
    """`sids`: the carrier's id of what each phone texts."""

    def __init__(self, here: Stand, net: Net) -> None:
        self._here, self._net = here, net
        self._carrier = ThreadPoolExecutor(AT_ONCE)
        self.sids: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._carrier.shutdown()

    def open(self, *places: int) -> list[Process]:
        """Start those on these hosts, and wait until each is ready."""
        doors = {place: self._net.door(place) for place in places}
        started = [
            self._here.start("web", before=self._net.words(place), BIND=door) for place, door in doors.items()
        ]
        for door in doors.values():
            self._here.wait(partial(_is_ready, door), f"the web at {door} to be ready")
        return started

    def enrol(self, first: int, count: int = 4) -> list[str]:
        """The phones of so many clients, from this place on; each is to text once."""
        phones = [number_of_client(place) for place in range(first, first + count)]
        self._here.enrol(phones)
        self.sids |= {phone: new_sid("SM") for phone in phones}
        return phones

    def push(self, phones: Collection[str], *places: int) -> list[Future[int]]:
        """The carrier puts their texts on its list, and pushes them to these hosts at once. Again: the same texts."""
        self._list(phones)
        return self._push_all(phones, places)

    @contextmanager
    def half_taken(self, phones: Collection[str], *places: int) -> Iterator[list[Future[int]]]:
        """The same; within the block each host has each text half taken in: the conversations are locked by us.

        The carrier lists them only then, so that no worker can have been faster.
        """
        with self._here.database.write() as session:
            session.execute(select(Conversation.id).with_for_update())
            pushes = self._push_all(phones, places)
            self._here.wait(
                lambda: count_waiting(self._here.database) == len(pushes), "all to be half way in"
            )
            self._list(phones)
            yield pushes

    def _list(self, phones: Collection[str]) -> None:
        for phone in phones:
            text = {
                "from": phone,
                "to": OUR_NUMBER,
                "body": QUESTION,
                "sid": self.sids[phone],
                "deliver": False,
            }
            assert self._here.control("text_in", text) is not None

    def _push_all(self, phones: Collection[str], places: Collection[int]) -> list[Future[int]]:
        return [self._carrier.submit(self._push, phone, place) for phone in phones for place in places]

    def _push(self, phone: str, place: int) -> int:
        """Our answer; 0 = nobody answered."""
        hooks = WebhookSender(self._here.url, self._net.door(place))
        try:
            return hooks.post(
                "/webhooks/sms", inbound_fields(phone, OUR_NUMBER, QUESTION, sid=self.sids[phone])
            )
        except (OSError, http.client.HTTPException):
            return 0


def _is_ready(door: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{door}/readyz", timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def answers(pushes: Collection[Future[int]]) -> list[int]:
    """What each was answered."""
    return [push.result() for push in pushes]
