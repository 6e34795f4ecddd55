"""The HTTP side of the fake Twilio: the Messages and Media paths of its API, and each way to fail."""

import base64
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from tests.support.fake_twilio_kinds import KINDS
from tests.support.fake_twilio_state import FakeState, TakenMessage, read_steps
from tests.support.twilio_webhooks import new_sid

API = "/2010-04-01/Accounts/"
Form = dict[str, list[str]]


class FakeServer(ThreadingHTTPServer):
    """On loopback, or on `host` where several are played. `on_taken` hears of each accepted message, `on_report` asks
    for a callback.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, port: int, state: FakeState, token: str, tls: tuple[Path, Path] | None, host: str = "127.0.0.1"
    ) -> None:
        super().__init__((host, port), Handler)
        self._host = host
        self.state = state
        self._scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.closing = threading.Event()
        self.secret = base64.b64encode(f"{state.account_sid}:{token}".encode()).decode()
        self.on_taken: Callable[[TakenMessage], None] = lambda message: None
        self.on_report: Callable[[str, str], None] = lambda sid, status: None
        self.on_control: Callable[[str, Any], Any] = lambda name, content: None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the plan here, not an error."""

    @property
    def base_url(self) -> str:
        """What to give as TWILIO_API_BASE."""
        return f"{self._scheme}://{self._host}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request. Paths that the product does not use answer 404."""

    protocol_version = "HTTP/1.1"
    server: FakeServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        """Silent: the state's own log is what tests read."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died between the head and the body: Twilio takes no such request
            self.close_connection = True
            return None
        if self.path.startswith("/_fake/"):
            return self._control(body)
        if not self._is_let_in():
            return self.refuse(401, 20003)
        self._create(parse_qs(body.decode(), keep_blank_values=True))

    def do_GET(self) -> None:
        if self.path.startswith("/_fake/"):
            return self._control(b"null")
        if self.path.startswith("/cdn/"):
            self._note()
            return self._send_file(self.path.rsplit("/", 1)[1])
        if not self._is_let_in():
            return self.refuse(401, 20003)
        self._read()

    def do_DELETE(self) -> None:
        if not self._is_let_in():
            return self.refuse(401, 20003)
        gone = self.server.state.forget_file(urlsplit(self.path).path.rsplit("/", 1)[1].removesuffix(".json"))
        return self.reply(204, b"") if gone else self.refuse(404, 20404)

    # --- creating -------------------------------------------------------------------------------------------

    def _create(self, form: Form) -> None:
        step = self.server.state.next_step(form.get("To", [""])[0])
        KINDS[step.do](self, step, form)

    def take(self, form: Form) -> TakenMessage:
        """Accept this message."""
        first = {name: values[0] for name, values in form.items()}
        service = first.get("MessagingServiceSid")
        media = tuple(form.get("MediaUrl", ()))
        message = TakenMessage(
            sid=new_sid("MM" if media else "SM"),
            direction="outbound-api",
            from_number=first.get("From", ""),
            to_number=first.get("To", ""),
            body=first.get("Body", ""),
            status="accepted" if service else "queued",
            created_at=self.server.state.now(),
            status_callback=first.get("StatusCallback", ""),
            service_sid=service,
            validity_s=int(first["ValidityPeriod"]) if "ValidityPeriod" in first else None,
            media_urls=media,
        )
        self.server.state.take(message)
        self.server.on_taken(message)
        return message

    def created(self, message: TakenMessage) -> bytes:
        """The body of a 201."""
        return json.dumps(message.as_json(self.server.state.account_sid)).encode()

    # --- reading --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        parts = urlsplit(self.path).path.removeprefix(f"{API}{self.server.state.account_sid}/").split("/")
        match parts:
            case ["Messages.json"]:
                self._list()
            case ["Messages", sid] if message := self.server.state.find(sid.removesuffix(".json")):
                self.reply(200, self.created(message))
            case ["Messages", sid, "Media.json"] if message := self.server.state.find(sid):
                self._list_media(message)
            case ["Messages", _, "Media", sid]:
                self._media(sid)
            case _:
                self.refuse(404, 20404)

    def _list(self) -> None:
        state = self.server.state
        if state.list_mode == "stall":
            self.server.closing.wait(30)
        if state.list_mode.isdigit():
            return self.refuse(int(state.list_mode), 20003 if state.list_mode == "401" else None)
        if state.list_mode == "junk":
            return self.reply(200, b"<html>busy</html>")
        query = dict(parse_qsl(urlsplit(self.path).query))
        found = [] if state.list_mode == "lagging" else state.listed(query.get("To"), query.get("From"))
        self._page(query, found)

    def _page(self, query: dict[str, str], rows: Sequence[TakenMessage]) -> None:
        size = min(int(query.get("PageSize", 50)), self.server.state.page_cap)
        number = int(query.get("Page", 0))
        shown = rows[number * size : (number + 1) * size]
        path = f"{API}{self.server.state.account_sid}/Messages.json"
        following = urlencode(
            {**query, "PageSize": size, "Page": number + 1, "PageToken": "PA"}, quote_via=quote
        )
        content = {
            "messages": [message.as_json(self.server.state.account_sid) for message in shown],
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(0, len(shown) - 1),
            "uri": path,
            "first_page_uri": path,
            "previous_page_uri": None,
            "next_page_uri": f"{path}?{following}" if rows[(number + 1) * size :] else None,
        }
        self.reply(200, json.dumps(content).encode())

    def _list_media(self, message: TakenMessage) -> None:
        account = self.server.state.account_sid
        stamp = format_datetime(message.created_at)
        path = f"{API}{account}/Messages/{message.sid}/Media"
        rows = [
            {"account_sid": account, "content_type": kind, "date_created": stamp, "date_updated": stamp}
            | {"parent_sid": message.sid, "sid": sid, "uri": f"{path}/{sid}.json"}
            for sid, kind in message.media
        ]
        self.reply(
            200, json.dumps({"media_list": rows, "uri": f"{path}.json", "next_page_uri": None}).encode()
        )

    def _media(self, sid: str) -> None:
        mode = self.server.state.media_mode
        if mode.isdigit():
            return self.refuse(int(mode), None)
        if mode == "redirect":
            return self.reply(302, b"", {"Location": f"{self.server.base_url}/cdn/{sid}"})
        if mode.startswith("redirect "):
            return self.reply(302, b"", {"Location": mode.removeprefix("redirect ")})
        self._send_file(sid)

    def _send_file(self, sid: str) -> None:
        file = self.server.state.file(sid)
        if file is None:
            return self.refuse(404, 20404)
        self.reply(200, file[0], {"Content-Type": file[1]})

    # --- control and wire -----------------------------------------------------------------------------------

    def _control(self, body: bytes) -> None:
        name, content = self.path.removeprefix("/_fake/"), json.loads(body or b"null")
        state = self.server.state
        if name == "script":
            state.add_steps(*read_steps(content))
        elif name == "settings":
            for key, value in content.items():
                setattr(state, key, value)
        elif name == "steps_left":
            content = state.steps_left
        elif name == "accepted":
            content = [message.as_json(state.account_sid) for message in state.accepted]
        else:
            content = self.server.on_control(name, content)
        self.reply(200, json.dumps(content).encode())

    def _is_let_in(self) -> bool:
        self._note()
        return self.headers.get("Authorization") == f"Basic {self.server.secret}"

    def _note(self) -> None:
        has_secret = "Authorization" in self.headers
        entry = {"method": self.command, "path": self.path, "has_secret": has_secret}
        self.server.state.note_request(entry)

    def refuse(self, status: int, code: int | None, headers: dict[str, str] | None = None) -> None:
        """An error answer: Twilio's JSON with a code, or a gateway's HTML without one."""
        if code is None:
            return self.reply(status, b"<html>error</html>", {"Content-Type": "text/html", **(headers or {})})
        words = {"code": code, "message": "refused", "status": status, "more_info": ""}
        self.reply(status, json.dumps(words).encode(), headers)

    def head(self, status: int, length: int, headers: dict[str, str] | None = None) -> bytes:
        """Status line and headers, Date by the fake's own clock."""
        lines = {
            "Date": format_datetime(self.server.state.now(), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(length),
            "Connection": "close",
            **(headers or {}),
        }
        return (
            f"HTTP/1.1 {status} X\r\n".encode()
            + b"".join(f"{name}: {value}\r\n".encode() for name, value in lines.items())
            + b"\r\n"
        )

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A whole answer, after which the connection ends."""
        self.close_connection = True
        self.wfile.write(self.head(status, len(body), headers) + body)

    def reset(self) -> None:
        """End the connection with RST."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def drip(self, content: bytes, seconds: float) -> None:
        """One byte every so many seconds, until we close or the client goes."""
        self.close_connection = True
        for byte in content:
            self.wfile.write(bytes([byte]))
            if self.server.closing.wait(seconds):
                return
