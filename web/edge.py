"""What every edge needs: the deployment it serves. Never opens one."""

from urllib.parse import urlencode

from flask import Flask, current_app
from werkzeug.test import Client

from carriers.simulated import PostWebhook
from deployment import Deployment


def deployment() -> Deployment:
    """The deployment of the app that handles this request."""
    found = current_app.extensions["deployment"]
    assert isinstance(found, Deployment)  # noqa: S101  (a programming error of the composition root)
    return found


def webhooks_into(app: Flask) -> PostWebhook:
    """How the simulated carrier reaches us: through the same door as Twilio, without a network."""

    def post(path: str, fields: list[tuple[str, str]], signature: str) -> int:
        headers = {"X-Twilio-Signature": signature}
        form = urlencode(fields)
        kind = "application/x-www-form-urlencoded"
        return Client(app).post(path, data=form, content_type=kind, headers=headers).status_code

    return post
