"""A scripted Twilio over real loopback HTTP. Its own log of accepted messages is the truth for fault tests.

In a test:

    with FakeTwilio(deliver_to="127.0.0.1:8000") as twilio:
        twilio.script(Step("accept_reset"), Step("rate_limit", retry_after="2"))
        ... TWILIO_API_BASE=twilio.base_url ...
        assert len(twilio.accepted) == 1

As a process: python -m tests.support.fake_twilio --port 9000 --log accepted.jsonl --script steps.json
(control: POST /_fake/script, /_fake/settings, /_fake/text_in, /_fake/report; GET /_fake/accepted, /_fake/steps_left).

Names of steps: fake_twilio_kinds.KINDS. `state.list_mode`: ok, lagging (empty), junk, stall, or a status such
as "500". `state.media_mode`: ok, redirect (to /cdn/ here), "redirect URL", or a status such as "404".
"""

import argparse
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.support.fake_twilio_http import API, FakeServer
from tests.support.fake_twilio_state import FakeState, Step, TakenMessage, read_steps
from tests.support.twilio_webhooks import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    WebhookSender,
    inbound_fields,
    new_sid,
    status_fields,
)

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "FakeTwilio", "Step", "TakenMessage"]


class FakeTwilio:
    """One fake account. `deliver_to` (host:port) is where webhooks go, signed for `public_url`.

    `tls` = (certificate, key) in PEM. Give the client REQUESTS_CA_BUNDLE.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        deliver_to: str | None = None,
        public_url: str = "http://127.0.0.1:8000",
        token: str = AUTH_TOKEN,
        log_file: Path | None = None,
        auto_report: Sequence[str] = (),
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self.state = FakeState(log_file=log_file)
        self.sender = WebhookSender(public_url, deliver_to or urlsplit(public_url).netloc, token)
        self.report_answers: list[int] = []
        self._auto_report = tuple(auto_report)
        self._server = FakeServer(port, self.state, token, tls, host)
        self._server.on_report = lambda sid, status: self._note_report(sid, status)
        self._server.on_taken = self._report_later
        self._server.on_control = self._obey
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def base_url(self) -> str:
        """What to give as TWILIO_API_BASE."""
        return self._server.base_url

    @property
    def accepted(self) -> tuple[TakenMessage, ...]:
        """Every outbound message accepted, oldest first: the truth."""
        return self.state.accepted

    def script(self, *steps: Step) -> None:
        """Append what shall happen to the next create requests."""
        self.state.add_steps(*steps)

    def text_in(
        self,
        from_number: str,
        to_number: str,
        body: str,
        *,
        media: Sequence[tuple[bytes, str]] = (),
        service_sid: str | None = None,
        opt_out_type: str | None = None,
        deliver: bool = True,
        sid: str | None = None,
    ) -> tuple[str, int | None]:
        """A phone texts the clinic: kept for listings, pushed if `deliver`. Returns (SID, our answer).

        Told twice with the same `sid` it is one text.
        """
        sid = sid or new_sid("MM" if media else "SM")
        files = tuple((self.state.keep_file(content, kind), kind) for content, kind in media)
        message = TakenMessage(
            sid, "inbound", from_number, to_number, body, "received", self.state.now(), media=files
        )
        self.state.take(message)
        if not deliver:
            return sid, None
        fields = inbound_fields(
            from_number,
            to_number,
            body,
            media=[(self.media_url(sid, file), kind) for file, kind in files],
            sid=sid,
            service_sid=service_sid,
            opt_out_type=opt_out_type,
        )
        return sid, self.sender.post("/webhooks/sms", fields)

    def media_url(self, message_sid: str, media_sid: str) -> str:
        """Where an inbound file is fetched."""
        return f"{self.base_url}{API}{self.state.account_sid}/Messages/{message_sid}/Media/{media_sid}"

    def report(self, sid: str, status: str, error_code: int | None = None) -> int:
        """Send one status callback for an accepted message; returns the answer's status code."""
        message = self.state.set_status(sid, status, error_code)
        target = urlsplit(message.status_callback)
        fields = status_fields(
            sid,
            status,
            from_number=message.from_number,
            to_number=message.to_number,
            error_code=error_code,
            service_sid=message.service_sid,
        )
        path = f"{target.path}?{target.query}" if target.query else target.path
        return self.sender.post(path, fields)

    def _note_report(self, sid: str, status: str) -> None:
        try:
            self.report_answers.append(self.report(sid, status))
        except OSError:  # nobody listens: Twilio would not wait either
            self.report_answers.append(0)

    def _report_later(self, message: TakenMessage) -> None:
        if not self._auto_report or not message.status_callback or message.direction == "inbound":
            return
        threading.Thread(target=self._report_all, args=(message.sid,), daemon=True).start()

    def _report_all(self, sid: str) -> None:
        for status in self._auto_report:
            self._note_report(sid, status)

    def _obey(self, name: str, content: Any) -> Any:
        if name == "text_in":
            is_pushed, sid = content.get("deliver", True), content.get("sid")
            return self.text_in(content["from"], content["to"], content["body"], deliver=is_pushed, sid=sid)
        if name == "report":
            return self.report(content["sid"], content["status"], content.get("error_code"))
        return {"error": f"no control named {name}"}


def main() -> None:
    """Run as a process until ended."""
    parser = argparse.ArgumentParser(description="A scripted fake Twilio on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--log", type=Path, help="accepted messages, one JSON object a line")
    parser.add_argument("--script", type=Path, help='JSON list of steps, such as [{"do": "accept_reset"}]')
    parser.add_argument("--public-url", default="http://127.0.0.1:8000")
    parser.add_argument("--deliver-to", help="host:port of the product; default: that of --public-url")
    parser.add_argument("--tls-cert", type=Path, help="PEM; with --tls-key the fake speaks HTTPS")
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--auto-report", default="", help="statuses reported by themselves: sent,delivered")
    chosen = parser.parse_args()
    fake = FakeTwilio(
        port=chosen.port,
        host=chosen.host,
        deliver_to=chosen.deliver_to,
        public_url=chosen.public_url,
        log_file=chosen.log,
        tls=(chosen.tls_cert, chosen.tls_key) if chosen.tls_cert else None,
        auto_report=[status for status in chosen.auto_report.split(",") if status],
    )
    if chosen.script:
        fake.script(*read_steps(json.loads(chosen.script.read_text(encoding="utf-8"))))
    with fake:
        print(fake.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
