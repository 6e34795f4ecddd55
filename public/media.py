"""The pictures of outgoing texts, for the carrier to fetch: GET and HEAD by a signed link, nothing else.

Must never show a photo that was not sent, set a cookie, or say why a link does not work.
"""

from flask import Blueprint, Response, abort

from models.photo import find_outgoing_photo
from photos.links import MEDIA_PATH, read_link_token
from photos.store import PhotoUnreadable
from web.edge import deployment, found

blueprint = Blueprint("media", __name__)

FILE_NAME = "photo.jpg"  # short and without spaces: Twilio, accepted-mime-types page


@blueprint.get(f"{MEDIA_PATH}<token>")
def show(token: str) -> Response:
    """One outgoing picture, for two hours after its link was made. Flask answers HEAD from the same view."""
    here = deployment()
    photo_id = found(read_link_token(token, secret_key=here.settings.secret_key))
    with here.database.read() as session:
        photo = found(find_outgoing_photo(session, photo_id))
    name = found(photo.stored_name)
    try:
        picture = here.photo_store().get(photo.id, name)
    except PhotoUnreadable:
        abort(404)
    return _picture(picture)


def _picture(jpeg: bytes) -> Response:
    response = Response(jpeg, content_type="image/jpeg")
    response.headers["Content-Disposition"] = f"inline; filename={FILE_NAME}"
    response.headers["Cache-Control"] = "no-store"
    return response
