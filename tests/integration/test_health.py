"""/healthz, /readyz, /metrics and the headers that stand on every answer."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from cli.desk import bring_up
from config import Settings
from deployment import Deployment
from models.database import Database
from models.installation import REFUSED, SENDER, TICK, beat, machine_now
from outbox.stop import resume_sending, stop_sending
from scheduler.job_clock import Clock, run_job
from scheduler.jobs import HOUR, JOBS, Job
from tests.support.factories import NOON

PARTS = ("database", "migrations", "scheduler", "sender", "carrier", "webhooks")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    database = Database(settings.database_url)
    bring_up(database, settings)
    database.close()
    app = create_app(settings)
    yield app
    app.extensions["deployment"].close()


def here(app: Flask) -> Deployment:
    found: Deployment = app.extensions["deployment"]
    return found


def let_beat(app: Flask, *, tick_ago: timedelta = timedelta(), sender_ago: timedelta = timedelta()) -> None:
    with here(app).database.write() as session:
        beat(session, TICK, machine_now(session) - tick_ago)
        beat(session, SENDER, machine_now(session) - sender_ago)


def test_ready_while_scheduler_and_sender_beat(app: Flask) -> None:
    let_beat(app)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "checks": dict.fromkeys(PARTS, "ok"),
    }


@pytest.mark.parametrize(
    ("ages", "part"),
    [
        ({"tick_ago": timedelta(minutes=2)}, "scheduler"),
        ({"sender_ago": timedelta(minutes=2)}, "sender"),
    ],
)
def test_not_ready_when_a_part_has_stopped(app: Flask, ages: dict[str, timedelta], part: str) -> None:
    let_beat(app, **ages)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert "restart the process" in answer.get_json()["checks"][part]


@pytest.mark.parametrize(("ago", "code"), [(timedelta(), 503), (timedelta(minutes=2), 200)])
def test_not_ready_for_a_while_after_a_text_was_refused(app: Flask, ago: timedelta, code: int) -> None:
    let_beat(app)
    with here(app).database.write() as session:
        beat(session, REFUSED, machine_now(session) - ago)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == code
    assert (answer.get_json()["checks"]["webhooks"] == "ok") is (code == 200)


def test_not_ready_before_anything_beat(app: Flask) -> None:
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


def test_not_ready_but_alive_while_the_carrier_refuses_us(app: Flask) -> None:
    let_beat(app)
    with here(app).database.write() as session:
        stop_sending(session, why="the account is suspended", now=NOON, machine=NOON)

    answer, alive = (app.test_client().get(path) for path in ("/readyz", "/healthz"))

    assert (answer.status_code, alive.status_code) == (503, 200), "a load balancer asks /healthz"
    bad = {part: said for part, said in answer.get_json()["checks"].items() if said != "ok"}
    assert bad == {"carrier": f"refuses us since {NOON.isoformat()}: `app.py sending status` says why"}

    with here(app).database.write() as session:
        resume_sending(session)
    assert app.test_client().get("/readyz").status_code == 200


def test_not_ready_when_a_step_is_missing(app: Flask) -> None:
    let_beat(app)
    with here(app).database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert "migrate" in answer.get_json()["checks"]["migrations"]


def test_ready_beside_a_newer_version_while_an_update_is_rolled_out(app: Flask) -> None:
    let_beat(app)
    with here(app).database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert app.test_client().get("/readyz").status_code == 200


def test_not_ready_when_the_database_is_gone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "is_reachable", lambda _self: False)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "cannot be reached"}


def test_the_tick_itself_beats(app: Flask) -> None:
    for job in JOBS:
        run_job(job, here(app))

    assert app.test_client().get("/readyz").get_json()["checks"]["scheduler"] == "ok"


def test_a_job_that_fails_does_not_stop_the_clock(app: Flask) -> None:
    class Broken:
        name = "broken"

        def act(self, _here: Deployment) -> None:
            raise RuntimeError("boom")

    run_job(Broken(), here(app))  # type: ignore[arg-type]


def test_metrics_answer_this_machine_only(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_metrics_answer_others_with_the_token(environ: dict[str, str]) -> None:
    from config import ensure_keys, load_settings

    settings = ensure_keys(load_settings({**environ, "METRICS_TOKEN": "a-token-of-some-length"}))
    bring_up(Database(settings.database_url), settings)
    app = create_app(settings)
    far = {"REMOTE_ADDR": "203.0.113.9"}

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return app.test_client().get("/metrics", environ_base=far, headers=headers).status_code

    assert (status("a-token-of-some-length"), status("another"), status("")) == (200, 403, 403)
    app.extensions["deployment"].close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/no-such-page", "/webhooks/sms", "/simulator"])
def test_every_answer_carries_the_security_headers(app: Flask, path: str) -> None:
    headers = app.test_client().get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_is_kept_for_a_year(environ: dict[str, str]) -> None:
    from config import ensure_keys, load_settings

    app = create_app(ensure_keys(load_settings({**environ, "PUBLIC_URL": "https://texts.example.com"})))

    answer = app.test_client().get("/healthz")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    app.extensions["deployment"].close()


def test_the_clock_has_all_its_threads_from_the_start(app: Flask) -> None:
    before = set(threading.enumerate())
    clock = Clock(here(app), tuple(Job(f"job {place}", HOUR, lambda _here: None) for place in range(7)))

    clock.start()
    begun = set(threading.enumerate()) - before
    clock.stop()

    assert len(begun) == 7 + 2  # the one that looks at the time, and the one that sees it set back
