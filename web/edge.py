"""What every edge needs: the deployment it serves, and 404 for what is not there. Never opens a deployment."""

from typing import TypeVar
from urllib.parse import urlencode

from flask import Flask, abort, current_app
from werkzeug.test import Client

from carriers.simulated import PostWebhook
from deployment import Deployment

Found = TypeVar("Found")


def deployment() -> Deployment:
    """The deployment of the app that handles this request."""
    here = current_app.extensions["deployment"]
    assert isinstance(here, Deployment)  # noqa: S101  (a programming error of the composition root)
    return here


def found(row: Found | None) -> Found:
    """The row, or 404: there is none of this id at the caller's clinic."""
    if row is None:
        abort(404)
    return row


def webhooks_into(app: Flask) -> PostWebhook:
    """How the simulated carrier reaches us: through the same door as Twilio, without a network."""

    def post(path: str, fields: list[tuple[str, str]], signature: str) -> int:
        headers = {"X-Twilio-Signature": signature}
        form = urlencode(fields)
        kind = "application/x-www-form-urlencoded"
        return Client(app).post(path, data=form, content_type=kind, headers=headers).status_code

    return post
