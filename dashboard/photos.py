"""One photo: see it, say what it shows, download it, delete it, fetch it again. Bytes come from the encrypted store."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.guard import needs
from dashboard.photo_view import gather_photo
from desk.photos import (
    DELETE_REASONS,
    DOWNLOAD_REASONS,
    PhotoError,
    delete_photo,
    describe_photo,
    is_reading_audited,
    note_download,
    note_photo_read,
)
from models.photo import Photo
from models.photo_list import find_clinic_photo
from photos.collect import retry_photo
from photos.sanitise import PictureRefused, thumbnail
from photos.store import PhotoUnreadable
from photos.timeline import VIEWS
from web.edge import deployment, found

blueprint = Blueprint("photos", __name__, url_prefix="/photos/<int:photo_id>")


@blueprint.get("")
@needs(Permission.READ)
def show(photo_id: int) -> ResponseReturnValue:
    """The photo with who sent it and when, its neighbours, and what can be done with it."""
    return _page(photo_id)


@blueprint.get("/full")
@needs(Permission.READ)
def full(photo_id: int) -> ResponseReturnValue:
    """The picture itself. Seeing it is audited, once per person and hour."""
    with changing() as desk:
        photo = own_photo(desk, photo_id)
        note_photo_read(desk.session, photo, desk.by, desk.now)
    return picture_response(_content(photo))


@blueprint.get("/small")
@needs(Permission.READ)
def small(photo_id: int) -> ResponseReturnValue:
    """A small copy for lists. Audited like the photo, unless its thread or gallery was: they show it."""
    with reading() as desk:
        photo = own_photo(desk, photo_id)
        is_audited = is_reading_audited(desk.session, photo, desk.by, desk.now)
    if not is_audited:
        with changing() as desk:
            note_photo_read(desk.session, photo, desk.by, desk.now)
    name = found(photo.stored_name)
    try:
        return picture_response(deployment().photo_store().small(photo.id, name, thumbnail))
    except (PhotoUnreadable, PictureRefused):
        abort(404)


@blueprint.post("/retry")
@needs(Permission.REPLY)
def retry(photo_id: int) -> ResponseReturnValue:
    """Fetch it from the carrier once more."""
    with changing() as desk:
        photo = own_photo(desk, photo_id)
        if photo.state in ("failed", "refused") and photo.source_url:
            retry_photo(photo)
            flash("The picture is fetched again; it appears here by itself.")
        thread_id = photo.conversation_id
    if thread_id is None:
        return redirect(url_for("photos.show", photo_id=photo_id), 303)
    return redirect(url_for("thread.show", thread_id=thread_id), 303)


@blueprint.post("/describe")
@needs(Permission.REPLY)
def describe(photo_id: int) -> ResponseReturnValue:
    """Place it at a visit; say what it shows."""
    form = request.form
    try:
        with changing() as desk:
            describe_photo(
                desk.session,
                own_photo(desk, photo_id),
                desk.by,
                visit_id=form.get("visit", type=int),
                view=form.get("view", ""),
                caption=form.get("caption", ""),
                now=desk.now,
            )
    except PhotoError as error:
        return _page(photo_id, describe_error=str(error)), 422
    flash("Saved.")
    return redirect(url_for("photos.show", photo_id=photo_id), 303)


@blueprint.post("/download")
@needs(Permission.READ)
def download(photo_id: int) -> ResponseReturnValue:
    """The file, with a reason that the audit keeps."""
    try:
        with changing() as desk:
            photo = own_photo(desk, photo_id)
            note_download(desk.session, photo, desk.by, request.form.get("reason", ""), desk.now)
    except PhotoError as error:
        return _page(photo_id, download_error=str(error)), 422
    response = picture_response(_content(photo))
    response.headers["Content-Disposition"] = f"attachment; filename=photo-{photo.id}.jpg"
    return response


@blueprint.post("/delete")
@needs(Permission.REPLY)
def delete(photo_id: int) -> ResponseReturnValue:
    """Delete it for good, with a reason that the audit keeps."""
    try:
        with changing() as desk:
            photo = own_photo(desk, photo_id)
            thread_id = photo.conversation_id
            name = delete_photo(desk.session, photo, desk.by, request.form.get("reason", ""), desk.now)
    except PhotoError as error:
        return _page(photo_id, delete_error=str(error)), 422
    forget_file(name)
    flash("The photo was deleted.")
    if thread_id is None:
        return redirect(url_for("inbox.index"), 303)
    return redirect(url_for("thread.show", thread_id=thread_id), 303)


def own_photo(desk: Desk, photo_id: int) -> Photo:
    """The clinic's photo of this id; 404 where there is none."""
    return found(find_clinic_photo(desk.session, clinic_id=desk.clinic.id, photo_id=photo_id))


def forget_file(name: str | None) -> None:
    """Delete a stored file, once the transaction that gave it up stands."""
    if name is not None:
        deployment().photo_store().delete(name)


def picture_response(jpeg: bytes) -> Response:
    """A re-encoded JPEG, shown as nothing else and kept by no browser."""
    response = Response(jpeg, content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = "inline"
    return response


def _content(photo: Photo) -> bytes:
    name = found(photo.stored_name)
    try:
        return deployment().photo_store().get(photo.id, name)
    except PhotoUnreadable:
        abort(404)


def _page(photo_id: int, **errors: str) -> str:
    with reading() as desk:
        view = gather_photo(desk, own_photo(desk, photo_id))
    return render_template(
        "photo.html",
        view=view,
        visit_options=[
            (visit, client.name if len(view.clients) > 1 else "") for visit, client in view.visits
        ],
        views=VIEWS,
        download_reasons=DOWNLOAD_REASONS,
        delete_reasons=DELETE_REASONS,
        form=request.form,
        errors=errors,
    )
