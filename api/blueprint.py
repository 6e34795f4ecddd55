"""The one blueprint of the API and its catch-all: a wrong path or method is answered here, as JSON."""

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map, PathConverter, Rule

PREFIX = "/api/v1"
NOTHING = "api.nothing_here"
LARGEST_ID = 2**31 - 1  # what the database holds; a larger one is not found


class IdConverter(IntegerConverter):
    """An id in a path, from 1; never more digits than a number is read from safely."""

    regex = r"[1-9]\d{0,9}"


class RestConverter(PathConverter):
    """The rest of a path, line breaks too."""

    regex = r"[^/](?s:.*?)"


blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


def nothing_here() -> Rule:
    """Every path under /api that no route takes, with any method whatever."""
    return Rule("/api/<rest:rest>", endpoint=NOTHING, methods=None)


@blueprint.endpoint(NOTHING)
def refuse(rest: str) -> ResponseReturnValue:
    """404, or 405 with what the path does take."""
    allowed = methods_of(f"/api/{rest}")
    if (
        allowed and request.method not in allowed
    ):  # a path that is only nearly one, as //clients, is not found
        raise MethodNotAllowed(valid_methods=allowed)
    abort(404)


def methods_of(path: str) -> list[str]:
    """What this path may be asked with; nothing where no route takes it."""
    ours = (rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith("api."))
    routes = Map(
        [rule.empty() for rule in ours if rule.methods is not None],
        strict_slashes=False,
        converters=current_app.url_map.converters,
    )
    return sorted(routes.bind("").allowed_methods(path))
