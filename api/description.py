"""GET /openapi.json: the description of the API, the very one requests are checked by."""

from flask import Response
from flask.typing import ResponseReturnValue

from api.blueprint import blueprint
from api.document import JSON, text
from api.guard import open_to_all
from api.incoming import read_query


@blueprint.get("/openapi.json")
@open_to_all
def show_description() -> ResponseReturnValue:
    """The document."""
    read_query()
    return Response(text(), content_type=JSON)
