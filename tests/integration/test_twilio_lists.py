"""What the Twilio carrier reads back: lists, single messages, pictures. A failure never looks like absence."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from carriers.base import ListingFailed
from carriers.twilio import TwilioCarrier
from tests.support.carrier_texts import HASTY, LONG_AGO, PATIENT, a_text
from tests.support.factories import CLIENT_NUMBER, OUR_NUMBER
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio


@pytest.fixture
def carrier(twilio: FakeTwilio) -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, PATIENT)


def test_sent_texts_are_listed_newest_first_over_pages(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    twilio.state.page_cap = 2
    sids = [carrier.send(a_text(body=f"text {n}")).sid for n in range(5)]
    carrier.send(a_text(to_number="+15735550143"))
    twilio.text_in(CLIENT_NUMBER, OUR_NUMBER, "hello", deliver=False)

    listing = carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10)
    newest = carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=2)

    assert {message.sid for message in listing.messages} == set(sids)
    assert len(newest.messages) == 2
    assert all(message.direction == "outbound-api" for message in listing.messages)


def test_listing_leaves_out_what_is_older(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    twilio.state.clock_offset_s = -3600
    carrier.send(a_text())
    twilio.state.clock_offset_s = 0
    recent = carrier.send(a_text()).sid

    listing = carrier.list_sent_to(CLIENT_NUMBER, since=datetime.now(UTC) - timedelta(minutes=10), limit=10)

    assert [message.sid for message in listing.messages] == [recent]


def test_received_texts_are_listed_oldest_first(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    sids = []
    for minutes in (50, 30, 10):
        twilio.state.clock_offset_s = -60 * minutes
        sids.append(twilio.text_in(CLIENT_NUMBER, OUR_NUMBER, f"{minutes} minutes ago", deliver=False)[0])

    listing = carrier.list_received_by(OUR_NUMBER, since=LONG_AGO)

    assert [message.sid for message in listing.messages] == sids


@pytest.mark.parametrize("mode", ["500", "401", "429", "junk", "stall"])
def test_failed_listing_never_looks_like_absence(twilio: FakeTwilio, mode: str) -> None:
    timeouts = HASTY if mode == "stall" else PATIENT
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, timeouts)
    twilio.state.list_mode = mode

    with pytest.raises(ListingFailed):
        carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10)


def test_failed_listing_names_no_number(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    twilio.state.list_mode = "500"

    with pytest.raises(ListingFailed) as failure:
        carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10)

    assert CLIENT_NUMBER.removeprefix("+") not in f"{failure.value!r}{failure.value.__cause__!r}"


def test_no_number_and_no_word_is_logged(
    twilio: FakeTwilio, carrier: TwilioCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    carrier.send(a_text(body="a very secret body"))
    carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10)

    assert CLIENT_NUMBER.removeprefix("+") not in caplog.text
    assert "secret" not in caplog.text


def test_one_message_is_fetched_with_its_state(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    sid = carrier.send(a_text()).sid
    assert sid is not None
    twilio.state.set_status(sid, "undelivered", 30006)

    message = carrier.fetch_message(sid)

    assert message is not None
    assert (message.status, message.error_code, message.to_number) == ("undelivered", 30006, CLIENT_NUMBER)


def test_message_unknown_to_twilio_is_none(carrier: TwilioCarrier) -> None:
    assert carrier.fetch_message("SM" + "0" * 32) is None


def test_message_that_cannot_be_asked_for_is_not_none(twilio: FakeTwilio) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, ("wrong",), twilio.base_url, PATIENT)

    with pytest.raises(ListingFailed):
        carrier.fetch_message("SM" + "0" * 32)


def test_pictures_of_a_text_are_listed(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    sid, _ = twilio.text_in(
        CLIENT_NUMBER, OUR_NUMBER, "", media=[(b"one", "image/jpeg"), (b"two", "image/png")], deliver=False
    )

    media = carrier.list_media(sid)

    assert [(item.position, item.content_type) for item in media] == [(0, "image/jpeg"), (1, "image/png")]
    assert media[0].url.startswith(
        f"{twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media/ME"
    )


def test_picture_list_of_an_unknown_text_fails(carrier: TwilioCarrier) -> None:
    with pytest.raises(ListingFailed):
        carrier.list_media("MM" + "0" * 32)
