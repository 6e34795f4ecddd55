"""The screen locks after a while: how somebody who is there says so. Counting as an act is the guard's doing."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.guard import needs

blueprint = Blueprint("lock", __name__)


@blueprint.post("/stay")
@needs(Permission.READ)
def stay() -> ResponseReturnValue:
    """I am here. The headers of the answer say how much time there is again."""
    return "", 204
