"""Every request the Twilio carrier makes fits Twilio's own OpenAPI file, and it reads every answer that does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from carriers.base import ListingFailed, OutboundText, Outcome
from carriers.twilio import TwilioCarrier
from tests.support.fake_twilio_state import TakenMessage
from tests.support.twilio.checked_api import CheckedTwilio
from tests.support.twilio_webhooks import ACCOUNT_SID, SERVICE_SID, new_sid

OURS, CLIENT = "+15735550100", "+15735550142"
CREATED_AT = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
CALLBACK = "https://bot.example/webhooks/sms/status?m=a1"


@pytest.fixture
def api() -> Iterator[CheckedTwilio]:
    checked = CheckedTwilio()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        checked.start(mock)
        yield checked
    assert checked.refused == []


@pytest.fixture
def carrier() -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT_SID, ("token",))


def a_message(**changes: Any) -> TakenMessage:
    fields: dict[str, Any] = {
        "sid": new_sid("SM"),
        "direction": "outbound-api",
        "from_number": OURS,
        "to_number": CLIENT,
        "body": "Hello",
        "status": "queued",
        "created_at": CREATED_AT,
    }
    return TakenMessage(**(fields | changes))


def shown(message: TakenMessage) -> dict[str, Any]:
    return message.as_json(ACCOUNT_SID)


def page_of(*messages: TakenMessage, following: str | None = None) -> dict[str, Any]:
    return {"messages": [shown(message) for message in messages], "next_page_uri": following, "page": 0}


def error(code: int, status: int) -> dict[str, Any]:
    return {"code": code, "message": "refused", "more_info": "", "status": status}


PICTURES = tuple(f"https://bot.example/media/{n}" for n in range(10))


@pytest.mark.parametrize(
    "text",
    [
        OutboundText(OURS, CLIENT, "Hello", timedelta(minutes=10), CALLBACK),
        OutboundText(OURS, CLIENT, "ñ & = + % 😀\n" * 100, timedelta(hours=30), CALLBACK),
        OutboundText(OURS, CLIENT, "Look", timedelta(seconds=0.5), CALLBACK, media_urls=PICTURES),
        OutboundText(OURS, CLIENT, "", timedelta(minutes=50), CALLBACK, media_urls=PICTURES[:1]),
        OutboundText(
            OURS, CLIENT, "Hello", timedelta(minutes=1), CALLBACK, messaging_service_sid=SERVICE_SID
        ),
    ],
    ids=["plain", "unicode", "ten_pictures", "picture_only", "service"],
)
def test_sent_text_fits_and_arrives_unchanged(
    api: CheckedTwilio, carrier: TwilioCarrier, text: OutboundText
) -> None:
    api.answers = [(201, shown(a_message(body=text.body)))]

    result = carrier.send(text)

    form = parse_qs(str(api.requests[0].body), keep_blank_values=True)
    assert result.outcome is Outcome.ACCEPTED
    assert form.get("Body", [""]) == [text.body]
    assert form.get("MediaUrl", []) == list(text.media_urls)
    assert (form["From"], form["To"], form["StatusCallback"]) == ([OURS], [CLIENT], [CALLBACK])
    assert 1 <= int(form["ValidityPeriod"][0]) <= 36000


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 21211, Outcome.REJECTED_FINAL),
        (401, 20003, Outcome.CREDENTIALS),
        (429, 20429, Outcome.REJECTED_RETRY),
        (500, 20500, Outcome.UNKNOWN),
    ],
)
def test_error_answer_is_classed(
    api: CheckedTwilio, carrier: TwilioCarrier, status: int, code: int, outcome: Outcome
) -> None:
    api.answers = [(status, error(code, status))]

    result = carrier.send(OutboundText(OURS, CLIENT, "Hello", timedelta(minutes=10), CALLBACK))

    assert (result.outcome, result.error_code) == (outcome, code)


def test_listing_follows_pages_and_asks_without_dates(api: CheckedTwilio, carrier: TwilioCarrier) -> None:
    older, newer = a_message(), a_message(created_at=CREATED_AT + timedelta(minutes=5))
    following = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json?To=%2B15735550142&PageSize=1000&Page=1&PageToken=PA"
    api.answers = [(200, page_of(newer, following=following)), (200, page_of(older))]

    listing = carrier.list_sent_to(CLIENT, since=CREATED_AT, limit=10)

    asked = parse_qs(urlsplit(api.requests[0].url or "").query)
    assert asked == {"To": [CLIENT], "PageSize": ["1000"]}
    assert [message.sid for message in listing.messages] == [newer.sid, older.sid]


def test_redacted_and_service_messages_are_read(api: CheckedTwilio, carrier: TwilioCarrier) -> None:
    message = a_message(body="", service_sid=SERVICE_SID, media_urls=PICTURES[:2], error_code=30007)
    api.answers = [(200, page_of(message))]

    (read,) = carrier.list_sent_to(CLIENT, since=CREATED_AT, limit=10).messages

    assert (read.body, read.segments, read.media_count) == ("", None, 2)
    assert (read.messaging_service_sid, read.error_code) == (SERVICE_SID, 30007)
    assert read.created_at == CREATED_AT


def test_message_without_a_date_fails_the_listing(api: CheckedTwilio, carrier: TwilioCarrier) -> None:
    broken = page_of(a_message())
    broken["messages"][0]["date_created"] = None
    api.answers = [(200, broken)]

    with pytest.raises(ListingFailed):
        carrier.list_sent_to(CLIENT, since=CREATED_AT, limit=10)


def test_one_message_and_its_pictures_are_asked_for(api: CheckedTwilio, carrier: TwilioCarrier) -> None:
    message = a_message(sid=new_sid("MM"), direction="inbound", status="received")
    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message.sid}/Media/{new_sid('ME')}.json"
    api.answers = [
        (200, shown(message)),
        (200, {"media_list": [{"content_type": "image/jpeg", "uri": uri}], "next_page_uri": None}),
        (404, error(20404, 404)),
    ]

    fetched = carrier.fetch_message(message.sid)
    (item,) = carrier.list_media(message.sid)

    assert fetched is not None
    assert fetched.direction == "inbound"
    assert item.url == "https://api.twilio.com" + uri.removesuffix(".json")
    assert carrier.fetch_message(message.sid) is None


UNFIT = {
    "misspelt field": {"Bodyy": "x"},
    "number not in E.164": {"To": "573-555-0142"},
    "text too long": {"Body": "x" * 1601},
    "too many pictures": {"MediaUrl": ["https://bot.example/a"] * 11},
    "validity too long": {"ValidityPeriod": "36001"},
    "validity of nothing": {"ValidityPeriod": "0"},
    "underscore in the callback's host": {"StatusCallback": "https://my_bot.example/x"},
    "no sender": {"From": None},
    "no words": {"Body": None},
}


@pytest.mark.parametrize("changes", UNFIT.values(), ids=UNFIT.keys())
def test_judge_refuses_what_twilio_would(changes: dict[str, Any]) -> None:
    form = {"To": CLIENT, "From": OURS, "Body": "Hello", "ValidityPeriod": "600", "StatusCallback": CALLBACK}
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    checked = CheckedTwilio(answers=[(201, shown(a_message()))])

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        checked.start(mock)
        fields = {name: value for name, value in (form | changes).items() if value is not None}
        answer = requests.post(url, data=fields, auth=(ACCOUNT_SID, "token"), timeout=5)

    assert (answer.status_code, len(checked.refused)) == (400, 1)
