"""What staff see where a page cannot be shown: what happened, where to go. Never a trace or a client's words."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

WORDS = {
    400: ("That did not work", "The form was not complete. Go back, reload the page and try again."),
    403: (
        "Not for your role",
        "Your role at the clinic does not include this. An owner can do it, or change your role.",
    ),
    404: ("Nothing here", "This page does not exist, or it is not your clinic's."),
    405: ("That did not work", "Go back, reload the page and try again."),
    413: ("Too large", "The files are larger than 12 MB together. Send fewer, or smaller ones."),
    429: ("Too fast", "Wait a moment, then try again."),
    500: (
        "Something went wrong here",
        "It was noted for whoever runs this installation. Nothing was half saved; try again.",
    ),
    503: ("The database is busy", "Nothing was changed. Wait a few seconds, then try again."),
}
STALE_FORM = (
    "The page was open too long",
    "Go back, reload the page, and send the form again. Nothing was saved.",
)


def install_error_pages(app: Flask) -> None:
    """Every error of a page is a page; webhooks and probes answer errors in their own way."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _page(*STALE_FORM), 400


def _http_error(error: HTTPException) -> ResponseReturnValue | HTTPException:
    code = error.code or 500
    if code < 400 or not request.accept_mimetypes.accept_html:
        return error
    heading, advice = WORDS.get(code, WORDS[400 if code < 500 else 500])
    return _page(heading, advice), code


def _page(heading: str, advice: str) -> str:
    return render_template("error.html", heading=heading, advice=advice)
