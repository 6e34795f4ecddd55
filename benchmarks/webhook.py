"""One inbound text through the front door: verified, stored on disk, routed, answered; against an empty page."""

import statistics
import time
from collections.abc import Callable

from flask import Flask
from werkzeug.test import Client

from benchmarks.installation import small_installation
from benchmarks.signed_text import PATH, signed_text

ROUNDS = 200
QUESTIONS = ("can I do yoga tmrw?", "little bumps, normal?", "one brow is higher", "when will I see results")


def main() -> None:
    """Print the milliseconds of both, and their ratio."""
    with small_installation() as app:
        app.add_url_rule("/empty", view_func=lambda: "")
        client = Client(app)
        empty = _times(lambda _round: client.get("/empty"))
        texts = _times(lambda number: _text(app, client, number))
    print(f"empty page   median {_median(empty):7.2f} ms")
    print(
        f"inbound text median {_median(texts):7.2f} ms   99 % {_ms(sorted(texts)[int(ROUNDS * 0.99)]):7.2f} ms"
    )
    print(f"ratio        {statistics.median(texts) / statistics.median(empty):7.1f}")


def _text(app: Flask, client: Client, number: int) -> None:
    settings = app.extensions["deployment"].settings
    form, headers = signed_text(settings, f"+1573556{number:04d}", QUESTIONS[number % len(QUESTIONS)])
    answer = client.post(PATH, data=form, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"error: the webhook answered {answer.status_code}; nothing was measured")


def _times(act: Callable[[int], object]) -> list[float]:
    act(9999)  # the first one pays for what is read once
    times = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        act(number)
        times.append(time.perf_counter() - started)
    return times


def _median(times: list[float]) -> float:
    return _ms(statistics.median(times))


def _ms(seconds: float) -> float:
    return seconds * 1000


if __name__ == "__main__":
    main()
