"""The door the carrier knocks on: verified, strict, idempotent, always XML, never a carrier call."""

from datetime import time, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client

import clock
from clinic_time.local_time import at_local, local_day
from models.clinic import find_clinic
from models.conversation import list_waiting
from models.database import DatabaseBusy
from models.message import Message, StatusEvent
from models.photo import Photo
from outbox.stop import stop_sending
from tests.support.factories import CLINIC_ZONE, NOON, make_client, make_conversation
from tests.support.twilio_webhooks import Fields, new_sid, status_fields
from tests.support.webhooks import FORM, INBOUND, STATUS, FrontDoor, changed

# --- accepted -----------------------------------------------------------------------------------------------------


def test_signed_text_is_stored_answered_by_the_outbox_and_acknowledged_in_xml(door: FrontDoor) -> None:
    answer = door.post(INBOUND, door.text("Can I work out tonight?"))

    assert (answer.status_code, answer.text) == (200, "<Response></Response>")
    assert answer.content_type == "text/xml; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert [row.body for row in door.inbound()] == ["Can I work out tonight?"]
    assert door.here.wake.is_set()


def test_payload_of_a_messaging_service_is_accepted(door: FrontDoor) -> None:
    fields = door.text("STOP", service_sid="MG" + "0" * 32, opt_out_type="STOP")

    assert door.post(INBOUND, [*fields, ("FutureField", "x")]).status_code == 200
    assert door.inbound()[0].kind == "opt_out"


def test_all_media_are_recorded(door: FrontDoor) -> None:
    media = [(f"https://api.twilio.com/media/{n}", "image/jpeg") for n in range(10)]

    assert door.post(INBOUND, door.text("", media=media)).status_code == 200

    with door.here.database.read() as session:
        assert session.query(Photo).count() == 10


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("a\x00b", "ab"),
        ("a\x07b\x1f", "ab"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("   ", "   "),
        ("", ""),
        ("👩‍⚕️ ok ‮rtl‬", "👩‍⚕️ ok ‮rtl‬"),
        ("ñ" * 1600, "ñ" * 1600),
        ("tab\there", "tab\there"),
        ("<Response>&amp;</Response>", "<Response>&amp;</Response>"),
    ],
)
def test_every_text_is_stored_clean(door: FrontDoor, sent: str, stored: str) -> None:
    assert door.post(INBOUND, door.text(sent)).status_code == 200
    assert door.inbound()[0].body == stored


@pytest.mark.parametrize("raw", ["%FF%FE", "%ED%A0%80", "%C3"])
def test_bad_utf_8_is_stored_as_marks(door: FrontDoor, raw: str) -> None:
    fields = door.text("BODY")
    marks = bytes.fromhex(raw.replace("%", "")).decode("utf-8", "replace")
    signature = door.sign(INBOUND, changed(fields, Body=marks))

    data = urlencode(fields).replace("Body=BODY", f"Body={raw}")
    answer = Client(door.app).post(
        INBOUND, data=data, content_type=FORM, headers=[("X-Twilio-Signature", signature)]
    )

    assert answer.status_code == 200
    assert door.inbound()[0].body == marks


def test_query_of_the_url_is_signed_raw(door: FrontDoor) -> None:
    assert door.post(f"{INBOUND}?k=%C3%A9%2F&x=1", door.text()).status_code == 200


def test_forged_host_headers_change_nothing(door: FrontDoor) -> None:
    headers = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")]

    assert door.post(INBOUND, door.text(), headers=headers).status_code == 200


# --- where to book ------------------------------------------------------------------------------------------------

BOOKING_PAGE = "https://book.example.com/skin"
ASKS = {"en": "can i book an appointment for thursday", "es": "quiero hacer una cita para el jueves"}
OPENS = {"en": "Next open:", "es": "Abrimos de nuevo"}
WHERE = {
    "en": f"You can also book a visit online. Our booking page: {BOOKING_PAGE}",
    "es": f"También puede sacar su cita por internet. Agende en: {BOOKING_PAGE}",
}
CLIENTS = ("+15735550142", "+15735550143")  # one texts while the clinic is open, one at night


def ask_by_day_and_by_night(door: FrontDoor, text: str, booking_page: str | None) -> list[Message]:
    """What two clients are told tomorrow: the first at noon, the second at ten in the evening."""
    with door.here.database.write() as session:
        clinic = find_clinic(session, 1)
        clinic.booking_url, clinic.hours = booking_page, "mon-sun 09:00-17:00"
        for number in CLIENTS:
            make_client(session, make_conversation(session, clinic, number=number))
        tomorrow = local_day(clock.now(session), CLINIC_ZONE) + timedelta(days=1)
    for number, hour in zip(CLIENTS, (12, 22), strict=True):
        with door.here.database.write() as session:
            clock.advance_to(session, at_local(tomorrow, time(hour), CLINIC_ZONE))
        assert door.post(INBOUND, door.text(text, from_number=number)).status_code == 200
    with door.here.database.read() as session:
        return session.query(Message).filter_by(direction="outbound").order_by(Message.id).all()


@pytest.mark.parametrize("booking_page", [BOOKING_PAGE, None])
@pytest.mark.parametrize("language", ASKS)
def test_who_asks_for_a_visit_is_told_where_to_book_by_day_and_by_night(
    door: FrontDoor, language: str, booking_page: str | None
) -> None:
    told = ask_by_day_and_by_night(door, ASKS[language], booking_page)

    assert [row.their_number for row in told] == list(CLIENTS)
    assert [OPENS[language] in row.body for row in told] == [False, True]
    assert [row.body.endswith(WHERE[language]) for row in told] == [booking_page is not None] * 2
    assert {row.topic for row in told} == {"handover+booking_link" if booking_page else "handover"}
    assert ["http" in row.body for row in told] == [booking_page is not None] * 2


# --- trouble ------------------------------------------------------------------------------------------------------


def test_text_is_not_acknowledged_while_the_database_is_not_there(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk is full"))

    fields = door.text()
    with monkeypatch.context() as broken:
        broken.setattr("bot.webhook.handle_inbound", fails)
        refused = door.post(INBOUND, fields)
    again = door.post(INBOUND, fields)

    assert (refused.status_code, refused.content_type) == (503, "text/xml; charset=utf-8")
    assert door.here.backlog.refusals == 1
    assert again.status_code == 200
    assert len(door.inbound()) == 1


@pytest.mark.parametrize("error", [OperationalError("INSERT", {}, Exception("locked")), DatabaseBusy("busy")])
def test_a_text_turned_away_stops_all_sending_until_it_is_fetched(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    assert door.here.backlog.is_settled
    monkeypatch.setattr("bot.webhook.handle_inbound", fails)

    assert door.post(INBOUND, door.text("STOP")).status_code == 503

    assert not door.here.backlog.is_settled


def test_text_is_taken_in_while_the_carrier_refuses_what_we_send(door: FrontDoor) -> None:
    with door.here.database.write() as session:
        stop_sending(session, why="the account is suspended", now=NOON, machine=NOON)

    assert door.post(INBOUND, door.text("Can I work out tonight?")).status_code == 200
    assert len(door.inbound()) == 1


def test_mistake_of_ours_is_500_in_xml_and_writes_nothing(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("bot.webhook.handle_inbound", fails)
    answer = door.post(INBOUND, door.text("secret words"))

    assert (answer.status_code, answer.content_type) == (500, "text/xml; charset=utf-8")
    assert "secret" not in answer.text
    assert door.counts() == (0, 0, 0)


def test_router_that_fails_keeps_the_text_and_is_acknowledged(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a broken rule")

    monkeypatch.setattr("bot.conversation.make_context", fails)
    answer = door.post(INBOUND, door.text("hello"))

    assert answer.status_code == 200
    with door.here.database.read() as session:
        assert [row.waiting_urgency for row in list_waiting(session, clinic_id=1)] == ["now"]


# --- delivery reports ---------------------------------------------------------------------------------------------


def report(door: FrontDoor, **values: object) -> Fields:
    sid = str(values.pop("sid", new_sid("SM")))
    status = str(values.pop("status", "delivered"))
    return status_fields(
        sid,
        status,
        from_number=door.settings.clinic_number,
        to_number="+15735550142",
        **values,  # type: ignore[arg-type]
    )


def test_report_is_kept_and_answered_without_content(door: FrontDoor) -> None:
    answer = door.post(f"{STATUS}?m=abc", report(door))

    assert (answer.status_code, answer.data) == (204, b"")
    assert door.counts() == (0, 0, 1)


def test_report_twice_is_one_event(door: FrontDoor) -> None:
    fields = report(door)

    assert [door.post(STATUS, fields).status_code for _ in range(2)] == [204, 204]
    assert door.counts() == (0, 0, 1)


def test_report_with_another_id_in_the_query_is_refused(door: FrontDoor) -> None:
    fields = report(door)

    answer = door.post(f"{STATUS}?m=other", fields, signature=door.sign(f"{STATUS}?m=mine", fields))

    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus", "AccountSid"])
def test_report_without_a_needed_field_is_refused(door: FrontDoor, name: str) -> None:
    assert door.post(STATUS, changed(report(door), **{name: None})).status_code == 400
    assert door.counts() == (0, 0, 0)


@pytest.mark.parametrize(("code", "kept"), [(30003, 30003), (None, None)])
def test_error_code_of_a_report_is_kept(door: FrontDoor, code: int | None, kept: int | None) -> None:
    door.post(STATUS, report(door, status="undelivered", error_code=code))

    with door.here.database.read() as session:
        assert session.query(StatusEvent).one().error_code == kept
