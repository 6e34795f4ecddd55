"""A media host on loopback that answers with exactly the bytes a test scripts, and notes what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

Answer = Callable[[socket.socket], None]


class MediaHost:
    """Answers every request by `answer`. `heads` holds each request's head, `connections` counts them."""

    def __init__(self, answer: Answer, *, tls: tuple[Path, Path] | None = None) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self.connections = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with self._wrapped(connection) as talking:
                self.heads.append(_read_head(talking))
                self.answer(talking)
        except OSError:  # the client left: that is what most of these tests want
            return

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._tls)
        return context.wrap_socket(connection, server_side=True)


def says(body: bytes, *, status: str = "200 OK", length: int | None = None, **headers: str) -> Answer:
    """A whole answer; `length` may lie."""
    lines = {"Content-Length": str(len(body) if length is None else length), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return lambda talking: talking.sendall(head.encode() + b"\r\n" + body)


def redirects(target: str) -> Answer:
    """A redirect."""
    return says(b"", status="302 Found", Location=target)


def endless(chunk: bytes, *, every_s: float = 0.0) -> Answer:
    """A body that never ends, quickly or in drips."""
    pause = threading.Event()

    def answer(talking: socket.socket) -> None:
        talking.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n")
        while True:
            talking.sendall(chunk)
            pause.wait(every_s)

    return answer


def _read_head(talking: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = talking.recv(4096)
        if not piece:
            break
        head += piece
    return head.decode("latin-1")
