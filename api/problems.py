"""Errors as RFC 9457 problems: each says what to do, and shows no trace, no SQL and nobody's words.

https://www.rfc-editor.org/rfc/rfc9457 (read November 2026)
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from flask import Blueprint, Response
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from alerts.register import AlertClosed
from models.database import DatabaseBusy
from scheduler.appointments import AppointmentError
from scheduler.enrolment import AlreadyClient, EnrolmentRefused
from scheduler.reminders import ReminderClosed
from scheduler.visits import VisitError

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
# What a status is called for programs, and what to do, where the place that raised it said nothing better.
ADVICE = {
    400: ("not-json", "Send one JSON object, in UTF-8."),
    404: ("not-found", "There is nothing here at your token's clinic. Check the path and the id."),
    405: ("method", "This path is not asked so. The Allow header says how."),
    413: ("too-large", "Send at most 64 KiB."),
    415: ("not-json", "Send the body as Content-Type: application/json."),
    500: (
        "our-fault",
        "It was noted for whoever runs this installation. Nothing was changed; try again later.",
    ),
    503: ("busy", "The database is not available. Nothing was changed; repeat the call with the same key."),
}
# What the records do not allow: well-formed, and refused for what is on file.
REFUSALS = (EnrolmentRefused, VisitError, ReminderClosed, AlertClosed)
# The database cannot be reached, does not answer in time or takes no writes.
UNAVAILABLE = (DatabaseBusy, OperationalError, InternalError, PoolTimeout)


class Problem(Exception):
    """A call that is refused. `detail` says what to do; `more` are further members of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.more = dict(headers or {}), dict(more or {})

    def response(self) -> Response:
        """The answer."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        text = json.dumps(body | self.more, ensure_ascii=False)
        return Response(text, status=self.status, content_type=MEDIA_TYPE, headers=self.headers)


def wrong_values(errors: Sequence[tuple[str, str]]) -> Problem:
    """Values that cannot be used: (where, what to write instead)."""
    named = [{"where": where, "detail": detail} for where, detail in errors]
    return Problem(
        422, "wrong-value", "Correct what `errors` names, then call again.", more={"errors": named}
    )


def install_problems(blueprint: Blueprint) -> None:
    """Every error of a route of `blueprint` is a problem."""
    blueprint.register_error_handler(Problem, Problem.response)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(AlreadyClient, _already_client)
    for refusal in REFUSALS:
        blueprint.register_error_handler(refusal, _refused)
    blueprint.register_error_handler(AppointmentError, _not_ahead)
    for busy in UNAVAILABLE:
        blueprint.register_error_handler(busy, _busy)
    blueprint.register_error_handler(Exception, _our_fault)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code, advice = ADVICE.get(status, ADVICE[400 if status < 500 else 500])
    kept = {name: value for name, value in error.get_headers() if name in ("Allow",)}
    return Problem(status, code, advice, headers=kept).response()


def _already_client(error: AlreadyClient) -> Response:
    detail = f"{_sentence(error)} Use that client, or add a surname."
    return Problem(409, "already-client", detail, more={"client_id": error.client_id}).response()


def _refused(error: Exception) -> Response:
    return Problem(409, "refused", _sentence(error)).response()


def _not_ahead(error: AppointmentError) -> Response:
    return wrong_values([("body/at", _sentence(error))]).response()


def _busy(error: Exception) -> Response:
    log.error("api call not carried out: database", error=type(error).__name__)
    code, advice = ADVICE[503]
    return Problem(503, code, advice, headers={"Retry-After": str(RETRY_AFTER_S)}).response()


def _our_fault(error: Exception) -> Response:
    log.error("api call failed", exc_info=error)
    code, advice = ADVICE[500]
    return Problem(500, code, advice).response()


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
