"""A client's photos by treatment day, and two of them side by side."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.guard import needs
from dashboard.photo_view import Frame, Gallery, gather_gallery
from desk.photos import (
    Belongs,
    PhotoError,
    Upload,
    clean_uploads,
    keep_picture,
    note_gallery_read,
    visit_of_client,
)
from models.installation import machine_now
from photos.sanitise import CleanPicture
from photos.timeline import VIEWS
from web.edge import deployment

blueprint = Blueprint("gallery", __name__, url_prefix="/clients/<int:client_id>/photos")

ZOOMS = (100, 150, 200, 300)  # percent


@blueprint.get("")
@needs(Permission.READ)
def show(client_id: int) -> ResponseReturnValue:
    """All photos of a client."""
    return _page(client_id)


@blueprint.post("")
@needs(Permission.REPLY)
def add(client_id: int) -> ResponseReturnValue:
    """Photos taken at the clinic: kept with the client, sent to nobody."""
    form = request.form
    try:
        pictures = clean_uploads(uploads(), to_send=False)
        with changing() as desk:
            client = desk.client(client_id)
            belongs = Belongs(
                desk.clinic.id,
                desk.by,
                conversation_id=client.conversation_id,
                visit_id=visit_of_client(desk.session, client, form.get("visit", type=int)),
                view=form.get("view", ""),
                caption=form.get("caption", ""),
            )
            _keep_all(desk, pictures, belongs)
    except PhotoError as error:
        return _page(client_id, error=str(error)), 422
    flash(f"{len(pictures)} photo{'' if len(pictures) == 1 else 's'} added. Nothing was sent.")
    return redirect(url_for("gallery.show", client_id=client_id), 303)


@blueprint.get("/compare")
@needs(Permission.READ)
def compare(client_id: int) -> ResponseReturnValue:
    """Two photos side by side at the same zoom; before against newest unless chosen otherwise."""
    with reading() as desk:
        gallery = gather_gallery(desk, desk.client(client_id))
    frames = [frame for frame in gallery.frames if frame.photo.state == "stored"]
    pair = gallery.pair or (0, 0)
    zoom = request.args.get("zoom", 100, type=int)
    return render_template(
        "compare.html",
        client=gallery.client,
        frames=frames,
        left=_chosen(frames, request.args.get("left", pair[0], type=int), pair[0]),
        right=_chosen(frames, request.args.get("right", pair[1], type=int), pair[1]),
        zoom=zoom if zoom in ZOOMS else 100,
        zooms=ZOOMS,
    )


def uploads() -> list[Upload]:
    """The files of the form, read whole; their size is bounded by the request's."""
    return [Upload(file.filename or "", file.read()) for file in request.files.getlist("pictures")]


def _keep_all(desk: Desk, pictures: list[CleanPicture], belongs: Belongs) -> None:
    store, machine = deployment().photo_store(), machine_now(desk.session)
    for picture in pictures:
        keep_picture(desk.session, store, picture, belongs, now=desk.now, machine=machine)


def _page(client_id: int, error: str | None = None) -> str:
    with changing() as desk:
        client = desk.client(client_id)
        gallery: Gallery = gather_gallery(desk, client)
        note_gallery_read(desk.session, client, desk.by, desk.now)
    return render_template(
        "gallery.html",
        gallery=gallery,
        client=gallery.client,
        visit_options=[(visit, "") for visit in gallery.visits],
        views=VIEWS,
        error=error,
        form=request.form,
    )


def _chosen(frames: list[Frame], wanted: int, otherwise: int) -> Frame | None:
    by_id = {frame.photo.id: frame for frame in frames}
    return by_id.get(wanted) or by_id.get(otherwise)
