"""The phone on the screen, driven through its own page: a newcomer lives through four months in a few clicks."""

import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

import clock
from app import create_app
from config import Settings
from deployment import Deployment
from models.clinic import list_clinics
from simulator.phone import Phone, look_at_phone
from tests.support.migrated import bring_up_copy

PHONE = "+15735550142"
SPRING = datetime(2027, 3, 13, 23, 0, tzinfo=UTC)  # Saturday evening before clocks go forward in Chicago
AUTUMN = datetime(2027, 11, 6, 19, 0, tzinfo=UTC)  # Saturday afternoon before they go back


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    bring_up_copy(settings)
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.extensions["deployment"].close()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def here(app: Flask) -> Deployment:
    found: Deployment = app.extensions["deployment"]
    return found


def phone(app: Flask, number: str = PHONE) -> Phone:
    with here(app).database.read() as session:
        return look_at_phone(session, list_clinics(session)[0], number, here(app).pack)


def clinic_time(app: Flask) -> datetime:
    with here(app).database.read() as session:
        return clock.now(session)


def start_at(app: Flask, moment: datetime) -> None:
    with here(app).database.write() as session:
        clock.advance_to(session, moment)


def post(browser: FlaskClient, action: str, **fields: object) -> str:
    answer = browser.post(f"/simulator/{action}", data={"phone": PHONE, **fields}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_question_is_answered_and_its_reason_shown(browser: FlaskClient) -> None:
    page = post(browser, "text", body="can I do yoga tmrw?")

    assert "can I do yoga tmrw?" in page
    assert "16 hours" in page
    assert "read as: faq" in page


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_four_months_in_one_click_bring_every_planned_text_once(
    app: Flask, browser: FlaskClient, start: datetime
) -> None:
    start_at(app, start)
    post(browser, "enrol", name="Ana", product="Botox")

    post(browser, "clock", to="120d")

    steps = phone(app).steps
    assert Counter(step.status for step in steps) == {"sent": 5}
    texts = [bubble for bubble in phone(app).bubbles if bubble.is_clinic]
    assert len(texts) == 6  # the consent confirmation and the five steps
    assert len({bubble.body for bubble in texts}) == 6


def test_the_16_hour_text_leaves_at_the_same_clock_time_across_the_spring_night(
    app: Flask, browser: FlaskClient
) -> None:
    start_at(app, SPRING)
    post(browser, "enrol", name="Ana")

    over = next(step for step in phone(app).steps if step.step == "exercise_over")

    assert over.earliest_at.replace(microsecond=0, second=0, minute=0) == datetime(
        2027, 3, 14, 15, tzinfo=UTC
    )
    assert over.due_at >= over.earliest_at


def test_the_next_planned_text_is_one_click(app: Flask, browser: FlaskClient) -> None:
    start_at(app, SPRING)
    post(browser, "enrol", name="Ana")
    before = clinic_time(app)

    page = post(browser, "clock", to="next")

    assert clinic_time(app) > before
    assert "Your 16 hours are over" in page


def test_stop_ends_the_planned_texts(app: Flask, browser: FlaskClient) -> None:
    post(browser, "enrol", name="Ana")
    post(browser, "text", body="STOP")
    said = len(phone(app).bubbles)

    post(browser, "clock", to="120d")

    assert len(phone(app).bubbles) == said
    assert not [step for step in phone(app).steps if step.status in ("planned", "enqueued")]


def test_a_picture_reaches_the_clinic_and_shows_on_the_phone(app: Flask, browser: FlaskClient) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(jpeg, "JPEG")

    page = post(browser, "text", body="", pictures=(io.BytesIO(jpeg.getvalue()), "brow.jpg", "image/jpeg"))

    (first, *_) = phone(app).bubbles
    assert len(first.media_sids) == 1
    assert f"/simulator/pictures/{first.media_sids[0]}" in page
    assert browser.get(f"/simulator/pictures/{first.media_sids[0]}").mimetype == "image/jpeg"


def test_an_emergency_gets_its_instruction_at_once(browser: FlaskClient) -> None:
    assert "911" in post(browser, "text", body="I can't swallow and my throat is closing")


@pytest.mark.parametrize(
    ("action", "fields", "says"),
    [
        ("text", {"body": "   "}, "Write a text or pick a picture first."),
        ("clock", {"to": "moment", "moment": "yesterday"}, "Pick a day and a time first."),
        ("clock", {"to": "moment", "moment": "2020-01-01T10:00"}, "only moves forward"),
        ("clock", {"to": "moment", "moment": "2099-01-01T10:00"}, "more than 400 days ahead"),
        ("clock", {"to": "next"}, "Nothing more is planned"),
        ("text", {"phone": "banana", "body": "hi"}, "not a phone number"),
        ("enrol", {"phone": "+15735550100"}, "own texting number"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    browser: FlaskClient, action: str, fields: dict[str, object], says: str
) -> None:
    assert says in post(browser, action, **fields)


def test_only_this_computer_may_look(browser: FlaskClient) -> None:
    assert browser.get("/simulator", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert browser.get("/simulator", environ_base={"REMOTE_ADDR": "127.0.0.9"}).status_code == 200
    assert browser.post("/simulator/clock", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


def test_with_a_real_carrier_there_is_no_simulator(environ: dict[str, str]) -> None:
    from config import ensure_keys, load_settings

    real = {
        **environ,
        "CARRIER": "twilio",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
        "PUBLIC_URL": "https://texts.clinic.example",
        "SECRET_KEY": "b7Qz1mK9vXc3Lw8TnR5yHd2JfGs6PaE4uViO0tMk",
        "CLINIC_NAME": "Glow",
        "CLINIC_NUMBER": "+15735550100",
        "CLINIC_TIMEZONE": "America/Chicago",
    }
    app = create_app(ensure_keys(load_settings(real)))

    assert app.test_client().get("/simulator").status_code == 404
    app.extensions["deployment"].close()


def test_numbers_are_written_as_people_write_them(browser: FlaskClient) -> None:
    shown = browser.get(f"/simulator?phone=%2B{PHONE[1:]}").get_data(as_text=True)

    assert "(573) 555-0142 texting (573) 555-0100" in shown
    assert 'value="(573) 555-0142"' in shown
