"""How the fake Twilio ends a create request. `accept…` take the message first: it counts as sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.fake_twilio_state import Step

if TYPE_CHECKING:
    from tests.support.fake_twilio_http import Form, Handler


def _accept(handler: Handler, step: Step, form: Form) -> None:
    handler.reply(201, handler.created(handler.take(form)))


def _accept_reset(handler: Handler, step: Step, form: Form) -> None:
    handler.take(form)
    handler.reset()


def _accept_close(handler: Handler, step: Step, form: Form) -> None:
    handler.take(form)
    handler.close_connection = True


def _reset_only(handler: Handler, step: Step, form: Form) -> None:
    handler.reset()


def _rate_limit(handler: Handler, step: Step, form: Form) -> None:
    handler.refuse(429, 20429, {"Retry-After": step.retry_after} if step.retry_after else None)


def _error(handler: Handler, step: Step, form: Form) -> None:
    handler.refuse(step.status or 500, step.code)


def _accept_error(handler: Handler, step: Step, form: Form) -> None:
    handler.take(form)
    handler.refuse(step.status or 500, step.code)


def _accept_stall(handler: Handler, step: Step, form: Form) -> None:
    message = handler.take(form)
    handler.server.closing.wait(step.seconds)
    handler.reply(201, handler.created(message))


def _stall_accept(handler: Handler, step: Step, form: Form) -> None:
    handler.server.closing.wait(step.seconds)
    handler.reply(201, handler.created(handler.take(form)))


def _stall_only(handler: Handler, step: Step, form: Form) -> None:
    handler.server.closing.wait(step.seconds)
    handler.close_connection = True


def _drip_body(handler: Handler, step: Step, form: Form) -> None:
    body = handler.created(handler.take(form))
    handler.wfile.write(handler.head(201, len(body)))
    handler.drip(body, step.seconds)


def _drip_head(handler: Handler, step: Step, form: Form) -> None:
    body = handler.created(handler.take(form))
    handler.drip(handler.head(201, len(body)) + body, step.seconds)


def _junk(handler: Handler, step: Step, form: Form) -> None:
    handler.take(form)
    handler.reply(step.status or 201, b'{"sid": "SM')


def _no_sid(handler: Handler, step: Step, form: Form) -> None:
    handler.take(form)
    handler.reply(step.status or 201, b"{}")


def _reject(handler: Handler, step: Step, form: Form) -> None:
    handler.refuse(step.status or 400, step.code or 21211)


def _unauthorized(handler: Handler, step: Step, form: Form) -> None:
    handler.refuse(401, 20003)


def _report_first(handler: Handler, step: Step, form: Form) -> None:
    message = handler.take(form)
    handler.server.on_report(message.sid, "sent")
    handler.reply(201, handler.created(message))


KINDS: dict[str, Callable[[Handler, Step, Form], None]] = {
    "accept": _accept,
    "accept_reset": _accept_reset,
    "accept_close": _accept_close,
    "reset": _reset_only,
    "rate_limit": _rate_limit,
    "error": _error,
    "accept_error": _accept_error,
    "accept_stall": _accept_stall,
    "stall_accept": _stall_accept,
    "stall": _stall_only,
    "drip_body": _drip_body,
    "drip_head": _drip_head,
    "junk": _junk,
    "no_sid": _no_sid,
    "reject": _reject,
    "unauthorized": _unauthorized,
    "report_first": _report_first,
}
