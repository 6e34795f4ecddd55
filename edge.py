"""What every edge needs: the deployment it serves. Never opens one."""

from flask import current_app

from deployment import Deployment


def deployment() -> Deployment:
    """The deployment of the app that handles this request."""
    found = current_app.extensions["deployment"]
    assert isinstance(found, Deployment)  # noqa: S101  (a programming error of the composition root)
    return found
