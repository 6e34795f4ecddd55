"""The real application on a real port of this machine, and a Chromium to look at it. For tests and pictures only."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from access.sessions import open_session
from models.installation import machine_now
from models.staff import Staff
from tools.browser import find_chromium

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing."""


def _in_one_piece(app: Flask) -> Callable[..., list[bytes]]:
    """Each answer read to its end: a browser that goes away in the middle leaves no file open behind it."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        pieces = app(environ, start_response)
        try:
            return [b"".join(pieces)]
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    return answer


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The address of `app` while this lasts."""
    server = make_server("127.0.0.1", 0, _in_one_piece(app), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium. Raises LookupError where there is none."""
    path = find_chromium()
    if path is None:
        raise LookupError("no Chromium found; run: make browser")
    return playwright.chromium.launch(executable_path=str(path), args=list(FLAGS))


def signed_in_cookie(app: Flask, staff_id: int, url: str) -> dict[str, str]:
    """The cookie of somebody who signed in just now."""
    database = app.extensions["deployment"].database
    with database.write() as session:
        token = open_session(session, session.get_one(Staff, staff_id), machine_now(session), full=True)
    visitor = app.test_client()
    with visitor.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    found = visitor.get_cookie("session")
    assert found is not None
    return {"name": "session", "value": found.value, "url": url}
