"""STOP is texted while the database is away and answered with 503; nothing is restarted, and it counts (R3, row 78).

Each installation is real processes; the carrier's log is the judge. The clock asks for missed texts every five
minutes: too late for what is owed at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from models.clinic import ClinicNumber
from models.message import InboundReceipt, Message
from models.reminder import Reminder
from tests.support import engines
from tests.support.postgres import DURABLE, running_cluster
from tests.support.processes import Stand, number_of_client, stand

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
SAYS_STOP, STAYS = number_of_client(0), number_of_client(1)
ON_BOTH = pytest.mark.parametrize(
    "engine", [engines.SQLITE, pytest.param(engines.POSTGRESQL, marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def here(tmp_path: Path, engine: str) -> Iterator[Stand]:
    """Two clients whose next reminder is in the queue and may not leave yet."""
    with installation(tmp_path, engine) as made:
        yield made


@contextmanager
def installation(folder: Path, engine: str) -> Iterator[Stand]:
    if engine == engines.SQLITE:
        with stand(folder) as made:
            yield made
        return
    name = engines.cluster().make_database()
    with stand(folder, engines.cluster().url(name)) as made:
        yield made
    engines.cluster().drop_database(name)


@ON_BOTH
def test_a_stop_turned_away_by_a_locked_database_counts_before_a_reminder_leaves(here: Stand) -> None:
    here.start_ready()
    owe_two_reminders(here)
    with here.database.write() as session:  # on SQLite nobody else writes meanwhile
        if not here.database.is_sqlite:
            session.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        sid, answer = here.text_with_sid(SAYS_STOP, "STOP")
        session.execute(update(ClinicNumber).values(next_send_at=datetime.now(UTC)))

    assert answer == 503
    check_that_stop_counts(here, sid)


@pytest.mark.postgres
@pytest.mark.parametrize("commands", [("run",), ("web", "worker")], ids=" and ".join)
def test_a_stop_turned_away_by_a_server_that_is_down_counts_before_a_reminder_leaves(
    tmp_path: Path, commands: tuple[str, ...]
) -> None:
    with running_cluster(settings=DURABLE) as cluster:
        name = cluster.make_database()
        with stand(tmp_path, cluster.url(name)) as here:
            for command in commands:
                here.start(command)
            here.wait(here.is_ready, "both to be ready")
            owe_two_reminders(here)
            cluster.stop("immediate")
            here.wait(lambda: here.ask("/readyz") == 503, "health to go red")
            sid, answer = here.text_with_sid(SAYS_STOP, "STOP")
            cluster.start()
            let_reminders_go(here)

            assert answer == 503
            check_that_stop_counts(here, sid)


@pytest.mark.postgres
def test_a_stop_that_no_web_was_there_to_take_counts_though_the_worker_saw_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    with stand(tmp_path, postgres_url) as here:
        web, _worker = here.start("web"), here.start("worker")
        here.wait(here.is_ready, "both to be ready")
        owe_two_reminders(here)
        web.kill()
        sid, answer = here.text_with_sid(SAYS_STOP, "STOP")
        here.start("web")

        assert answer == 0
        here.wait(lambda: is_on_file(here, sid), "STOP to be fetched", 60)
        let_reminders_go(here)
        check_that_stop_counts(here, sid)


def owe_two_reminders(here: Stand) -> None:
    let_reminders_go(here, at=datetime.now(UTC) + timedelta(hours=1))
    here.treat(list(here.enrol([SAYS_STOP, STAYS]).values()))
    here.wait(lambda: count(here, "queued") == 2, "both reminders to be queued")


def let_reminders_go(here: Stand, *, at: datetime | None = None) -> None:
    with here.database.write() as session:
        session.execute(update(ClinicNumber).values(next_send_at=at or datetime.now(UTC)))


def check_that_stop_counts(here: Stand, sid: str) -> None:
    here.wait(lambda: STAYS in reminded(here), "the other client's reminder")
    here.wait(lambda: is_on_file(here, sid), "STOP to be fetched", 60)
    here.wait(lambda: not count(here, "queued", "claimed", "in_flight"), "every text to come to its end")
    assert reminded(here) == {STAYS}
    with here.database.read() as session:
        steps = session.query(Reminder.status).join(Message, Message.id == Reminder.message_id)
        (step,) = steps.filter(Message.their_number == SAYS_STOP)
    # By STOP in the queue, or at the gate where a sender had claimed it a moment before and put it back.
    assert step.status in ("cancelled", "skipped")


def reminded(here: Stand) -> set[str]:
    return {text.to_number for text in here.accepted() if "exercise" in text.body}


def is_on_file(here: Stand, sid: str) -> bool:
    with here.database.read() as session:
        return session.get(InboundReceipt, sid) is not None


def count(here: Stand, *states: str) -> int:
    with here.database.read() as session:
        return session.query(Message).filter(Message.kind == "reminder", Message.state.in_(states)).count()
