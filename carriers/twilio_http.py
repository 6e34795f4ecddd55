"""The HTTP client under Twilio's library: deadlines always, no repeats, nothing kept of what was sent.

Imported only where a request is made, since it brings in Twilio's package. Never logs addresses or bodies.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from requests import Request, Session
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from carriers.outcomes import NoReply, Reply

_CHATTY_LOGGERS = ("twilio.http_client", "urllib3.connectionpool")  # they print addresses, numbers included
_MAX_REPLY_BYTES = 8 * 1024 * 1024
_CHUNK = 65536


class TooLateToBegin(Exception):
    """The connection stood only when the first byte of the request might no longer leave."""


class ReplyTooSlow(OSError):
    """The carrier began an answer and did not finish it in time."""


class ReplyTooLarge(OSError):
    """The carrier's answer is larger than any true one."""


_NEVER_BEGUN = (
    ConnectTimeoutError,
    NewConnectionError,
    SSLError,
    ProxyError,
    EmptyPoolError,
    TooLateToBegin,
)


class Exchange(threading.local):
    """What is known of the request this thread makes. Holds no request, and the answer only while watched."""

    begun: bool = False
    begin_before: float | None = None
    deadline: float | None = None
    reply: Reply | None = None

    def start(self, seconds: float) -> None:
        """Forget the request before; the answer must be complete within `seconds` of connecting."""
        self.begun, self.reply = False, None
        self.deadline = time.monotonic() + seconds

    @contextmanager
    def watched(self, *, begin_before: float | None = None) -> Iterator[None]:
        """Around one use of the library: nothing of an earlier request counts, nothing of this one stays."""
        self.start(0)
        self.begin_before = begin_before
        try:
            yield
        finally:
            self.reply = self.begin_before = None

    def begin(self) -> None:
        """Bytes of the request may leave from now on. Raises TooLateToBegin."""
        if not self.begun and self.begin_before is not None and time.monotonic() >= self.begin_before:
            raise TooLateToBegin
        self.begun = True

    def seconds_left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, (self.deadline or 0.0) - time.monotonic())

    def outcome_of(self, error: Exception | None = None) -> Reply | NoReply:
        """The answer, or what its absence means."""
        if self.reply is not None:
            return self.reply
        return NoReply(begun=self.begun or not _never_begun(error))


class TimedHttpClient(HttpClient):  # type: ignore[misc]
    """Twilio's HttpClient over one requests Session. `connect_s` and `read_s` in seconds.

    The answer must be complete `read_s` after the request was sent, however slowly its bytes drip.
    """

    def __init__(self, *, connect_s: float, read_s: float, now: Callable[[], datetime]) -> None:
        for name in _CHATTY_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        super().__init__(logging.getLogger(_CHATTY_LOGGERS[0]), False, read_s)
        self.exchange = Exchange()
        self._connect_s, self._read_s, self._now = connect_s, read_s, now
        self._session = Session()
        # A kept connection may be dead when we next need it, and then nobody knows whether the text left.
        self._session.headers["Connection"] = "close"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _WatchedAdapter(self.exchange))

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 (the library's signature; our own limits always hold)
        allow_redirects: bool = False,  # noqa: ARG002
    ) -> Response:
        """One request, made once. The answer stays in `exchange` for the asker."""
        self.exchange.start(self._connect_s + self._read_s)
        request = Request(method.upper(), url, params=params, data=data, headers=headers, auth=auth)
        prepared = self._session.prepare_request(request)
        settings = self._session.merge_environment_settings(prepared.url, {}, True, None, None)
        limits = (self._connect_s, self._read_s)
        answer = self._session.send(prepared, timeout=limits, allow_redirects=False, **settings)
        try:
            text = self._read_text(answer.raw)
        finally:
            answer.close()
        lower = {name.lower(): value for name, value in answer.headers.items()}
        self.exchange.reply = Reply(answer.status_code, lower, text, self._now())
        return Response(answer.status_code, text, answer.headers)

    def _read_text(self, raw: Any) -> str:
        """The body, read in pieces so that neither slow nor endless ones hold us."""
        pieces = bytearray()
        while piece := raw.read1(_CHUNK, decode_content=True):
            pieces += piece
            if len(pieces) > _MAX_REPLY_BYTES:
                raise ReplyTooLarge
            if not self.exchange.seconds_left():
                raise ReplyTooSlow
        return pieces.decode("utf-8", errors="replace")


class _Watched:
    """Mixed into a connection: keeps or notes the first byte of a request, ends an answer whose head drips."""

    exchange: Exchange
    is_connecting = False
    sock: socket.socket | None

    def connect(self) -> None:
        """As before; what a proxy's tunnel or TLS sends here is no part of the request."""
        self.is_connecting = True
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self.is_connecting = False

    def send(self, data: Any) -> None:
        """As before, connecting first, and looking at the clock before the first byte of the request."""
        if self.sock is None and not self.is_connecting:
            self.connect()
        if not self.is_connecting:
            self.exchange.begin()
        super().send(data)  # type: ignore[misc]

    def getresponse(self) -> Any:
        """As before, cut off at the deadline."""
        watch = threading.Timer(self.exchange.seconds_left(), _cut, [self.sock])
        watch.daemon = True
        watch.start()
        try:
            return super().getresponse()  # type: ignore[misc]
        finally:
            watch.cancel()


def _cut(sock: socket.socket | None) -> None:
    if sock is None:
        return
    try:
        # Past SSLSocket's own shutdown, which would pull the TLS state from under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return


class _WatchedAdapter(HTTPAdapter):
    """Makes watched connections, also through a proxy. Never repeats: requests' default is 0 tries more."""

    def __init__(self, exchange: Exchange) -> None:
        self._pools = _watched_pools(exchange)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As before, with our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """As before, with our pools."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pools(exchange: Exchange) -> dict[str, type[HTTPConnectionPool]]:
    marks = {"exchange": exchange}
    plain = type("WatchedConnection", (_Watched, HTTPConnection), marks)
    secure = type("WatchedTlsConnection", (_Watched, HTTPSConnection), marks)
    return {
        "http": type("WatchedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("WatchedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


def _never_begun(error: BaseException | None) -> bool:
    """Whether the chain of this error holds a failure from before the first byte of the request."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        reason = getattr(error, "reason", None)
        wrapped = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        if isinstance(error, _NEVER_BEGUN) or isinstance(reason, _NEVER_BEGUN):
            return True
        error = wrapped or error.__cause__ or error.__context__
    return False
