"""Many phones that text a Stand at the same time. Holds no asserts."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.support.processes import Stand

Texted = tuple[str, int]  # the carrier's id of a text, and our answer to its webhook


def all_ask(here: Stand, numbers: Sequence[str], words: str, *, at_once: int = 1) -> list[Texted]:
    """Each texts in its turn, so many at a time: the carrier's id of the text, and our answer to its webhook."""
    with ThreadPoolExecutor(at_once) as phones:
        return list(phones.map(lambda number: here.text_with_sid(number, words), numbers))


@contextmanager
def flood_from(here: Stand, number: str, words: str, *, at_once: int) -> Iterator[list[Texted]]:
    """One phone texts without a pause, `at_once` at a time, until the block ends; what all_ask returns, so far."""
    texted: list[Texted] = []
    is_over = threading.Event()

    def ask_on() -> None:
        while not is_over.is_set():
            texted.append(here.text_with_sid(number, words))

    with ThreadPoolExecutor(at_once) as phones:
        asking = [phones.submit(ask_on) for _ in range(at_once)]
        try:
            yield texted
        finally:
            is_over.set()
    for each in asking:
        each.result()


@contextmanager
def one_after_another(
    here: Stand, numbers: Sequence[str], words: str, *, every_s: float
) -> Iterator[dict[str, Texted]]:
    """Each of these phones texts once, a while after the one before, until the block ends; what came of it, so far."""
    texted: dict[str, Texted] = {}
    is_over = threading.Event()

    def ask_on() -> None:
        for number in numbers:
            texted[number] = here.text_with_sid(number, words)
            if is_over.wait(every_s):
                return

    with ThreadPoolExecutor(1) as phones:
        asking = phones.submit(ask_on)
        try:
            yield texted
        finally:
            is_over.set()
    asking.result()


def has_answered(here: Stand, numbers: Sequence[str]) -> bool:
    """Whether each of these phones was sent something."""
    return set(numbers) <= {text.to_number for text in here.accepted()}
