"""What a flood from one phone costs the others: from text to the webhook's answer over HTTP, with it and without."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.signed_text import PATH, signed_text
from config import Settings, ensure_keys, load_settings

ROOT = Path(__file__).resolve().parent.parent
TEXTS = 200  # of other phones, one after the other
FLOODING = 4  # threads
FLOODS = {"500 a minute": 60 * FLOODING / 500, "as fast as it goes": 0.0}
QUESTION = "Can I work out tonight?"
STARTS_WITHIN_S = 60


def main() -> None:
    """Print the times of the others, and their ratio to those without a flood."""
    with _running() as phones:
        alone = _slow(_times(phones, 0))
        print(f"{'no flood':20} 95 % {alone * 1000:7.2f} ms")
        for round_number, (name, pause_s) in enumerate(FLOODS.items(), 1):
            with _flooded(phones, pause_s) as sent:
                slow = _slow(_times(phones, round_number))
            print(
                f"{name:20} 95 % {slow * 1000:7.2f} ms   ratio {slow / alone:5.2f}   {sent[0]} texts of the flood"
            )


class Phones:
    """Phones that text one running program, signed as the carrier would."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.address = f"{settings.bind.host}:{settings.bind.port}"

    def text(self, number: str) -> float:
        """One question; the seconds until the webhook answered."""
        form, headers = signed_text(self._settings, number, QUESTION)
        started = time.perf_counter()
        status = self.ask("POST", PATH, form, headers)
        if status != 200:
            raise SystemExit(f"error: the webhook answered {status}; nothing was measured")
        return time.perf_counter() - started

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> int:
        """The status of one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.address, timeout=15)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().status
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether the program answers and works."""
        try:
            return self.ask("GET", "/readyz") == 200
        except OSError:
            return False


@contextmanager
def _running() -> Iterator[Phones]:
    """`run` as a process on a new SQLite file; ended afterwards."""
    with TemporaryDirectory(prefix="aftercare-bench-") as folder:
        variables = {"DATA_DIR": str(Path(folder) / "var"), "BIND": f"127.0.0.1:{_free_port()}"}
        settings = ensure_keys(load_settings(variables))
        words = [sys.executable, str(ROOT / "app.py"), "run"]
        with subprocess.Popen(
            words, cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                phones = Phones(settings)
                _wait_until_ready(phones)
                yield phones
            finally:
                process.terminate()


@contextmanager
def _flooded(phones: Phones, pause_s: float) -> Iterator[list[int]]:
    """One phone texts from FLOODING threads, each with a pause between two texts; how many it sent so far."""
    is_over, sent, lock = threading.Event(), [0], threading.Lock()

    def flood() -> None:
        while not is_over.wait(pause_s):
            phones.text("+15735560000")
            with lock:
                sent[0] += 1

    threads = [threading.Thread(target=flood, daemon=True) for _ in range(FLOODING)]
    for thread in threads:
        thread.start()
    yield sent
    is_over.set()
    for thread in threads:
        thread.join()


def _times(phones: Phones, round_number: int) -> list[float]:
    """How long each of the others waits; each round has phones of its own, so that none is a known one."""
    first = 1 + round_number * TEXTS
    return [phones.text(f"+1573557{number:04d}") for number in range(first, first + TEXTS)]


def _slow(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _wait_until_ready(phones: Phones) -> None:
    ends_at = time.monotonic() + STARTS_WITHIN_S
    while not phones.is_ready():
        if time.monotonic() > ends_at:
            raise SystemExit("error: the program did not start; nothing was measured")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
