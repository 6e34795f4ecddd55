"""Twilio's webhooks: verify, hand over, answer at once. Decides nothing and never calls the carrier.

No session and no cookie is touched here (the carrier would keep it), and every answer is XML: plain text would be
sent to the client as a message (https://www.twilio.com/docs/messaging/twiml, read 2026-11-22).
"""

from html import escape

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

import clock
from bot.arrival import NotOurNumber
from bot.conversation import handle_inbound
from bot.inbound_form import MAX_BYTES, Fields, FormError, read_fields, read_inbound, read_status
from bot.voice import Voice
from deployment import Deployment
from models.database import DatabaseBusy
from outbox.reports import record_status
from web.edge import deployment

log = structlog.get_logger(__name__)

blueprint = Blueprint("webhook", __name__, url_prefix="/webhooks")

FORM = "application/x-www-form-urlencoded"
SIGNATURE = "X-Twilio-Signature"
# All of them are routed, so that a wrong one is answered in XML as well.
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route("/sms", methods=METHODS)
def sms() -> Response:
    """One inbound text: on disk before it is acknowledged, its answer in the outbox."""
    here = deployment()
    fields, signature = _verified_fields(here)
    inbound = read_inbound(fields, account_sid=here.settings.twilio_account_sid, signature=signature)
    voice = Voice.of_installation(here.pack, here.vocabulary, here.settings)
    here.database.settle(lambda session: handle_inbound(session, inbound, clock.now(session), voice=voice))
    here.wake.set()
    return _xml(200)


@blueprint.route("/sms/status", methods=METHODS)
def status() -> Response:
    """One delivery report."""
    here = deployment()
    fields, _ = _verified_fields(here)
    report = read_status(
        fields, account_sid=here.settings.twilio_account_sid, callback_id=request.args.get("m")
    )
    here.database.settle(lambda session: record_status(session, report, clock.machine_now(session)))
    here.wake.set()
    return Response(status=204, content_type="text/xml")


def _verified_fields(here: Deployment) -> tuple[Fields, str]:
    """The form, once its signature is found good over our configured URL, never over what the request claims."""
    if request.method != "POST":
        raise FormError(405, "Only POST is answered here.")
    if request.mimetype != FORM:
        raise FormError(415, f"Only {FORM} is read here.")
    request.max_content_length = MAX_BYTES
    fields = read_fields(request.get_data(cache=False))
    signature = request.headers.get(SIGNATURE, "")
    if not here.carrier.is_signed(url=_signed_url(here), fields=fields, signature=signature):
        raise FormError(403, "The signature does not fit this URL and these fields.")
    return fields, signature


def _signed_url(here: Deployment) -> str:
    """PUBLIC_URL, path and raw query: request.url would decode %C3%A9 and believe the Host header."""
    query = request.query_string.decode("latin-1")
    return here.settings.public_url.rstrip("/") + request.path + (f"?{query}" if query else "")


def _xml(status: int, sentence: str = "") -> Response:
    """An empty answer to the carrier; `sentence` is for whoever reads the log of a refused webhook."""
    comment = f"<!-- {escape(sentence)} -->" if sentence else ""
    return Response(f"<Response>{comment}</Response>", status=status, content_type="text/xml; charset=utf-8")


@blueprint.errorhandler(FormError)
def refuse_form(error: FormError) -> Response:
    """A request that is not, or not exactly, the carrier's."""
    log.warning("webhook refused", status=error.status, why=error.sentence)
    answer = _xml(error.status, error.sentence)
    if error.status == 405:
        answer.headers["Allow"] = "POST"
    return answer


@blueprint.errorhandler(NotOurNumber)
def refuse_number(error: NotOurNumber) -> Response:
    """Signed, but for a number that is none of ours."""
    log.warning("webhook refused", status=403, why=str(error))
    return _xml(403, str(error))


@blueprint.errorhandler(DatabaseBusy)
@blueprint.errorhandler(SQLAlchemyError)
def refuse_for_now(error: Exception) -> Response:
    """Not on disk, so not acknowledged: it is fetched before any worker that knows of it sends anything."""
    deployment().backlog.refuse()
    log.error("webhook not taken in: database", error=type(error).__name__)
    return _xml(503, "The database is not available; try again.")


@blueprint.errorhandler(HTTPException)
def refuse_http(error: HTTPException) -> Response:
    """What the web framework refuses by itself, such as a body that is too large."""
    return _xml(error.code or 500, error.name)


@blueprint.errorhandler(Exception)
def fail(error: Exception) -> Response:
    """A mistake of ours: logged with its place, nothing half-written."""
    log.error("webhook failed", path=request.path, exc_info=error)
    return _xml(500, "Something went wrong here; it is logged.")
