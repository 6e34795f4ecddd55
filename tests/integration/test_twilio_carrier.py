"""The Twilio carrier against a scripted Twilio over loopback: every way an answer can fail, classed right."""

import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carriers.base import ListingFailed, Outcome
from carriers.twilio import Timeouts, TwilioCarrier
from tests.support.carrier_texts import HASTY, LONG_AGO, PATIENT, a_text
from tests.support.certificate import make_certificate
from tests.support.factories import CLIENT_NUMBER
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Step
from tests.support.postgres import free_port

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.fixture
def carrier(twilio: FakeTwilio) -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, PATIENT)


def carrier_for(step: Step, base_url: str) -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), base_url, HASTY if step.seconds else PATIENT)


def test_accepted_text_carries_its_sid_and_status(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    result = carrier.send(a_text())

    (taken,) = twilio.accepted
    assert (result.outcome, result.sid, result.status) == (Outcome.ACCEPTED, taken.sid, "queued")
    assert (taken.body, taken.validity_s) == ("Hello from the clinic", 600)
    assert taken.status_callback.endswith("?m=a1")


# (what Twilio does, the outcome, how many messages Twilio really took)
ENDINGS = [
    (Step("accept_reset"), Outcome.UNKNOWN, 1),
    (Step("accept_close"), Outcome.UNKNOWN, 1),
    (Step("reset"), Outcome.UNKNOWN, 0),
    (Step("accept_error"), Outcome.UNKNOWN, 1),
    (Step("accept_error", status=503), Outcome.UNKNOWN, 1),
    (Step("error", status=502), Outcome.UNKNOWN, 0),
    (Step("accept_stall", seconds=30), Outcome.UNKNOWN, 1),
    (Step("stall_accept", seconds=30), Outcome.UNKNOWN, 0),
    (Step("drip_body", seconds=0.05), Outcome.UNKNOWN, 1),
    (Step("drip_head", seconds=0.05), Outcome.UNKNOWN, 1),
    (Step("junk"), Outcome.UNKNOWN, 1),
    (Step("no_sid"), Outcome.UNKNOWN, 1),
    (Step("rate_limit"), Outcome.REJECTED_RETRY, 0),
    (Step("reject", code=21611), Outcome.REJECTED_RETRY, 0),
    (Step("reject", code=21211), Outcome.REJECTED_FINAL, 0),
    (Step("reject", code=21610), Outcome.REJECTED_FINAL, 0),
    (Step("reject", status=404, code=20404), Outcome.REJECTED_FINAL, 0),
    (Step("unauthorized"), Outcome.CREDENTIALS, 0),
    (Step("reject", status=403, code=20003), Outcome.CREDENTIALS, 0),
]


@pytest.mark.parametrize(
    ("step", "outcome", "taken"), ENDINGS, ids=[f"{e[0].do}-{e[0].status or e[0].code}" for e in ENDINGS]
)
def test_ending_is_classed_by_what_is_certain(
    twilio: FakeTwilio, step: Step, outcome: Outcome, taken: int
) -> None:
    twilio.script(step)
    carrier = carrier_for(step, twilio.base_url)

    result = carrier.send(a_text())

    assert result.outcome is outcome
    assert len(twilio.accepted) == taken


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


TLS_ENDINGS = [ending for ending in ENDINGS if ending[0].do in ("accept_reset", "drip_head", "accept_stall")]


@pytest.mark.parametrize(
    ("step", "outcome", "taken"),
    [(Step(), Outcome.ACCEPTED, 1), *TLS_ENDINGS],
    ids=lambda value: str(value)[:24],
)
def test_endings_over_tls_are_classed_alike(
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    step: Step,
    outcome: Outcome,
    taken: int,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with FakeTwilio(tls=certificate) as twilio:
        twilio.script(step)
        carrier = carrier_for(step, twilio.base_url)

        result = carrier.send(a_text())

        assert result.outcome is outcome
        assert len(twilio.accepted) == taken


def test_untrusted_certificate_is_certainly_not_sent(certificate: tuple[Path, Path]) -> None:
    with FakeTwilio(tls=certificate) as twilio:
        carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url, PATIENT)

        assert carrier.send(a_text()).outcome is Outcome.REJECTED_RETRY
        assert not twilio.state.requests


def test_threads_do_not_take_each_others_answers(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    numbers = [f"+157355501{number:02}" for number in range(10, 30)]
    twilio.script(*(Step("reject", to=number, code=21211) for number in numbers[::2]))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: carrier.send(a_text(to_number=number)), numbers))

    expected = [Outcome.REJECTED_FINAL, Outcome.ACCEPTED] * 10
    assert [result.outcome for result in results] == expected
    assert {result.sid for result in results[1::2]} == {message.sid for message in twilio.accepted}


def test_no_request_is_made_twice(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    endings = [Step("accept_reset"), Step("error"), Step("rate_limit"), Step("accept_close"), Step("reset")]
    twilio.script(*endings)

    for _ in endings:
        carrier.send(a_text())

    assert len(twilio.state.requests) == len(endings)


@pytest.mark.parametrize(
    ("retry_after", "expected"), [(None, None), ("7", timedelta(seconds=7)), ("soon", None)]
)
def test_rate_limit_says_when_to_come_back(
    twilio: FakeTwilio, carrier: TwilioCarrier, retry_after: str | None, expected: timedelta | None
) -> None:
    twilio.script(Step("rate_limit", retry_after=retry_after))

    result = carrier.send(a_text())

    assert (result.error_code, result.retry_after) == (20429, expected)


def test_refused_connection_is_certainly_not_sent() -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), f"http://127.0.0.1:{free_port()}", PATIENT)

    assert carrier.send(a_text()).outcome is Outcome.REJECTED_RETRY


def test_failed_tls_handshake_is_certainly_not_sent(twilio: FakeTwilio) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url.replace("http:", "https:"), PATIENT)

    assert carrier.send(a_text()).outcome is Outcome.REJECTED_RETRY
    assert not twilio.state.requests


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue of connections is Linux's way to be deaf")
def test_connect_time_out_is_certainly_not_sent() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        crowd = [socket.socket() for _ in range(3)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        carrier = TwilioCarrier(
            ACCOUNT_SID, (AUTH_TOKEN,), f"http://127.0.0.1:{deaf.getsockname()[1]}", Timeouts(0.2, 0.2)
        )

        result = carrier.send(a_text())

        for one in crowd:
            one.close()
    assert result.outcome is Outcome.REJECTED_RETRY


def test_unresolvable_host_is_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), "http://api.invalid", PATIENT)

    assert carrier.send(a_text()).outcome is Outcome.REJECTED_RETRY


def test_first_byte_that_could_only_leave_too_late_stays_here(
    twilio: FakeTwilio, carrier: TwilioCarrier
) -> None:
    assert carrier.send(a_text(begin_before=time.monotonic())).outcome is Outcome.REJECTED_RETRY
    assert not twilio.state.requests

    assert carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10).messages == ()
    assert carrier.send(a_text(begin_before=time.monotonic() + 60)).outcome is Outcome.ACCEPTED
    assert carrier.send(a_text()).outcome is Outcome.ACCEPTED


def test_wrong_token_is_a_matter_of_credentials(twilio: FakeTwilio) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, ("wrong",), twilio.base_url, PATIENT)

    assert carrier.send(a_text()).outcome is Outcome.CREDENTIALS
    with pytest.raises(ListingFailed):
        carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=10)


def test_stray_region_of_the_machine_is_ignored(
    twilio: FakeTwilio, carrier: TwilioCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")

    assert carrier.send(a_text()).outcome is Outcome.ACCEPTED


def test_the_carriers_clock_is_known(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    twilio.state.clock_offset_s = 300

    offset = carrier.send(a_text()).carrier_clock_offset
    carrier_now = carrier.list_sent_to(CLIENT_NUMBER, since=LONG_AGO, limit=1).carrier_now

    assert offset is not None
    assert carrier_now is not None
    for ahead in (offset, carrier_now - datetime.now(UTC)):
        assert abs(ahead - timedelta(seconds=300)) < timedelta(seconds=30)


def test_nothing_of_a_text_stays_in_memory(twilio: FakeTwilio, carrier: TwilioCarrier) -> None:
    carrier.send(a_text(body="a very secret body"))

    _, http = carrier._client()
    assert http.exchange.reply is None
    assert http._test_only_last_request is None
