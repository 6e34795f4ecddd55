"""The clinic's picture library: what staff send again and again, such as where to put ice."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import changing, reading
from dashboard.gallery import uploads
from dashboard.guard import needs
from dashboard.photos import forget_file
from desk.photos import PhotoError, add_to_library, clean_uploads, remove_from_library
from models.installation import machine_now
from models.photo_list import find_picture, library_pictures
from web.edge import deployment, found

blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")


@blueprint.get("")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The library."""
    return _page()


@blueprint.post("")
@needs(Permission.EDIT_WORDS)
def add() -> ResponseReturnValue:
    """Add one picture."""
    try:
        picture = clean_uploads(uploads()[:1], to_send=False)[0]
        with changing() as desk:
            store, machine = deployment().photo_store(), machine_now(desk.session)
            name = request.form.get("name", "")
            add_to_library(desk.session, store, desk.by, name, picture, now=desk.now, machine=machine)
    except PhotoError as error:
        return _page(error=str(error)), 422
    flash("The picture is in the library.")
    return redirect(url_for("pictures.index"), 303)


@blueprint.post("/<int:picture_id>/remove")
@needs(Permission.EDIT_WORDS)
def remove(picture_id: int) -> ResponseReturnValue:
    """Take one out of the library."""
    with changing() as desk:
        picture = found(find_picture(desk.session, clinic_id=desk.clinic.id, picture_id=picture_id))
        name = remove_from_library(desk.session, picture, desk.by, desk.now)
    forget_file(name)
    flash("Removed. Texts that carried it keep it.")
    return redirect(url_for("pictures.index"), 303)


def _page(error: str | None = None) -> str:
    with reading() as desk:
        library = library_pictures(desk.session, desk.clinic.id)
    return render_template(
        "pictures.html", section="pictures", library=library, error=error, form=request.form
    )
