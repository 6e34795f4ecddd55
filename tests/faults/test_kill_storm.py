"""kill -9 again and again, while texts come in and reminders go out: nothing lost, nothing twice (R1, R2).

Sizes: AFTERCARE_KILLS and AFTERCARE_TEXTS; `make test-full` runs the small ones, `make soak` the large ones.
"""

import os
import random
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.message import Message
from tests.support import engines
from tests.support.oracle import violations
from tests.support.processes import Stand, number_of_client, warm_stand

QUESTION = "Can I work out tonight?"
SMALL = (5, 60)
LARGE = (500, 10_000)


def sizes(*, is_large: bool) -> tuple[int, int]:
    """(kills, reminders): as many texts come in."""
    kills, texts = LARGE if is_large else SMALL
    return int(os.environ.get("AFTERCARE_KILLS", kills)), int(os.environ.get("AFTERCARE_TEXTS", texts))


@pytest.mark.full
@pytest.mark.timeout(600)
def test_one_machine_on_sqlite_small(tmp_path: Path) -> None:
    with warm_stand(tmp_path) as here:
        storm(here, *sizes(is_large=False), commands=("run",))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_one_machine_on_sqlite_full_size(tmp_path: Path) -> None:
    with warm_stand(tmp_path) as here:
        storm(here, *sizes(is_large=True), commands=("run",))


@pytest.mark.full
@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_web_and_three_workers_on_postgresql_small(tmp_path: Path) -> None:
    on_postgresql(tmp_path, is_large=False)


@pytest.mark.soak
@pytest.mark.postgres
@pytest.mark.timeout(0)
def test_web_and_three_workers_on_postgresql_full_size(tmp_path: Path) -> None:
    on_postgresql(tmp_path, is_large=True)


def on_postgresql(folder: Path, *, is_large: bool) -> None:
    name = engines.cluster().make_database()
    with warm_stand(folder, engines.cluster().url(name)) as here:
        storm(here, *sizes(is_large=is_large), commands=("web", "worker", "worker", "worker"))
    engines.cluster().drop_database(name)


def storm(here: Stand, kills: int, texts: int, *, commands: tuple[str, ...]) -> None:
    """Half of the numbers are owed a reminder, the other half ask a question; a process dies every so many texts."""
    reminded = [number_of_client(place) for place in range(texts)]
    asking = [number_of_client(100_000 + place) for place in range(texts)]
    clients = here.enrol([*reminded, *asking])
    here.treat([clients[number] for number in reminded])
    chance = random.Random(7)
    answers: dict[str, int] = {}
    alive = [here.start(command) for command in commands]
    asks = threading.Thread(target=ask_all, args=(here, asking, answers))

    def is_answered() -> bool:
        """A process that ended by itself is started anew, as whoever runs it does."""
        alive[:] = [
            process if process.is_alive else here.start(command)
            for process, command in zip(alive, commands, strict=True)
        ]
        return here.ask("/healthz") == 200

    def is_time_for(kill: int) -> bool:
        """The kills are spread over all the texts."""
        return len(answers) * kills >= kill * texts and is_answered()

    here.wait(is_answered, "the first answer")
    asks.start()
    for kill in range(kills):
        place = chance.randrange(len(alive))
        here.wait(partial(is_time_for, kill), "an answer between two kills")
        time.sleep(chance.uniform(0.0, 1.5))
        alive[place].kill()
        alive[place] = here.start(commands[place])
    asks.join()
    alive[-1].kill()  # the last start fetches what nobody was there to take
    alive[-1] = here.start(commands[-1])

    owed = dict.fromkeys([*reminded, *asking], 1)
    here.wait(partial(has_settled, here, set(owed)), "every text", 300 + texts / 5)
    time.sleep(4)  # a double would come after the grace
    assert violations(here.accepted(), owed=owed) == []
    assert set(answers.values()) <= {200, 0, 503}
    print(f"kills {kills}, reminders {texts}, texts in {len(asking)}: 0 lost, 0 twice")


def has_settled(here: Stand, owed: set[str]) -> bool:
    """Whether nothing is on its way, and every phone has its text."""
    on_its_way = Message.state.in_(("queued", "claimed", "in_flight", "unknown"))
    with here.database.read() as session:
        waiting = session.scalar(select(func.count()).where(on_its_way))
    return not waiting and here.phones_reached() == owed


def ask_all(here: Stand, numbers: list[str], answers: dict[str, int]) -> None:
    """Each phone asks once; whether anybody hears it is not the phone's business."""
    for number in numbers:
        time.sleep(0.2)
        answers[number] = here.text(number, QUESTION)
