"""The fake Twilio itself: its webhooks are what Twilio's would be, and it runs as a process of its own."""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bot.inbound_form import read_inbound, read_status
from carriers.base import OutboundText, Outcome
from carriers.twilio import Timeouts, TwilioCarrier
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, Step

OURS, CLIENT = "+15735550100", "+15735550142"
PUBLIC_URL = "https://bot.example"
ROOT = Path(__file__).resolve().parents[2]


class Product(HTTPServer):
    """Stands where our webhooks are, and keeps what comes: (path, fields, signature)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.posts: list[tuple[str, tuple[tuple[str, str], ...], str]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Keep(BaseHTTPRequestHandler):
    server: Product

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = tuple(parse_qsl(body, keep_blank_values=True))
        self.server.posts.append((self.path, fields, self.headers["X-Twilio-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        pass


pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def twilio(product: Product) -> Iterator[FakeTwilio]:
    with FakeTwilio(deliver_to=product.address, public_url=PUBLIC_URL) as fake:
        yield fake


def carrier_of(base_url: str) -> TwilioCarrier:
    return TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), base_url, Timeouts(1.0, 2.0))


def a_text() -> OutboundText:
    callback = f"{PUBLIC_URL}/webhooks/sms/status?m=a1"
    return OutboundText(OURS, CLIENT, "Hello", timedelta(minutes=10), callback)


def test_inbound_texts_are_signed_and_whole(twilio: FakeTwilio, product: Product) -> None:
    twilio.text_in(CLIENT, OURS, "hi 😀\n", opt_out_type="HELP", service_sid="MG" + "0" * 32)
    twilio.text_in(CLIENT, OURS, "", media=[(b"x", "image/jpeg"), (b"y", "image/png")])

    carrier = carrier_of(twilio.base_url)
    for path, fields, signature in product.posts:
        assert carrier.is_signed(url=PUBLIC_URL + path, fields=fields, signature=signature)
    plain, pictures = (read_inbound(fields, account_sid=ACCOUNT_SID) for _, fields, _ in product.posts)
    assert (plain.body, plain.opt_out_type) == ("hi 😀\n", "HELP")
    assert [item.content_type for item in pictures.media] == ["image/jpeg", "image/png"]


def test_report_may_come_before_the_answer(twilio: FakeTwilio, product: Product) -> None:
    twilio.script(Step("report_first"))

    result = carrier_of(twilio.base_url).send(a_text())

    ((path, fields, _),) = product.posts
    report = read_status(fields, account_sid=ACCOUNT_SID, callback_id="a1")
    assert (path, report.sid, report.status) == ("/webhooks/sms/status?m=a1", result.sid, "sent")


def test_failed_report_carries_its_code(twilio: FakeTwilio, product: Product) -> None:
    sid = carrier_of(twilio.base_url).send(a_text()).sid or ""

    assert twilio.report(sid, "undelivered", 30003) == 200

    assert ("ErrorCode", "30003") in product.posts[0][1]


def test_pictures_are_behind_the_password(twilio: FakeTwilio) -> None:
    sid, _ = twilio.text_in(CLIENT, OURS, "", media=[(b"picture", "image/jpeg")], deliver=False)
    (item,) = carrier_of(twilio.base_url).list_media(sid)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(item.url, timeout=5)
    refused.value.close()

    assert refused.value.code == 401


def test_it_runs_as_a_process_and_writes_its_log(tmp_path: Path) -> None:
    script = tmp_path / "steps.json"
    script.write_text('[{"do": "accept_reset"}]', encoding="utf-8")
    command = [sys.executable, "-m", "tests.support.fake_twilio", "--script", str(script)]
    with subprocess.Popen(
        [*command, "--log", str(tmp_path / "log.jsonl")], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            base_url = process.stdout.readline().strip()
            carrier = carrier_of(base_url)
            outcomes = [carrier.send(a_text()).outcome for _ in range(2)]
            with urllib.request.urlopen(f"{base_url}/_fake/accepted", timeout=5) as answer:
                accepted = json.load(answer)
        finally:
            process.terminate()

    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert outcomes == [Outcome.UNKNOWN, Outcome.ACCEPTED]
    assert [row["sid"] for row in logged] == [row["sid"] for row in accepted]
    assert len(accepted) == 2
