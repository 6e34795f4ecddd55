"""Pictures for the reply being written in a thread: from a device, from the thread, from the clinic's library."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.client_desk import Desk, changing, reading
from dashboard.gallery import uploads
from dashboard.guard import needs
from dashboard.photos import forget_file, own_photo
from dashboard.thread_desk import own_thread
from desk.photos import MOST_ATTACHED, PhotoError, attach, clean_uploads, detach
from models.installation import machine_now
from models.photo import Photo
from models.photo_list import library_pictures, pending_photos, photos_of_thread
from photos.sanitise import CleanPicture, PictureRefused, for_sending
from photos.store import PhotoUnreadable
from web.edge import deployment

blueprint = Blueprint("attach", __name__, url_prefix="/threads/<int:thread_id>/attach")


@blueprint.get("")
@needs(Permission.REPLY)
def show(thread_id: int) -> ResponseReturnValue:
    """Choose pictures."""
    return _page(thread_id)


@blueprint.post("")
@needs(Permission.REPLY)
def add(thread_id: int) -> ResponseReturnValue:
    """Attach what was chosen and go back to the reply."""
    try:
        copies = _copies(thread_id, request.form.getlist("photo", type=int))
        files = [upload for upload in uploads() if upload.name]
        new = clean_uploads(files, to_send=True) if files or not copies else []
        with changing() as desk:
            thread = own_thread(desk.session, thread_id)
            pictures = [(picture, None) for picture in new] + copies
            store, machine = deployment().photo_store(), machine_now(desk.session)
            attach(desk.session, store, thread, desk.by, pictures, now=desk.now, machine=machine)
    except PhotoError as error:
        return _page(thread_id, error=str(error)), 422
    return _back(thread_id)


@blueprint.post("/<int:photo_id>/remove")
@needs(Permission.REPLY)
def remove(thread_id: int, photo_id: int) -> ResponseReturnValue:
    """Take one off the reply again."""
    with changing() as desk:
        own_thread(desk.session, thread_id)
        photo = own_photo(desk, photo_id)
        is_mine = photo.conversation_id == thread_id and photo.staff_id == desk.by.id
        name = detach(photo) if is_mine else None
    forget_file(name)
    if name is None:
        flash("That picture is not attached to your reply any more.", "warn")
    return _back(thread_id)


def _copies(thread_id: int, ids: Sequence[int]) -> list[tuple[CleanPicture, int | None]]:
    """Chosen pictures of the thread or the library, made small enough to send. Raises PhotoError."""
    with reading() as desk:
        own_thread(desk.session, thread_id)
        offered = {photo.id: photo for photo in _offered(desk, thread_id)}
    return [(_copy(offered[photo_id]), photo_id) for photo_id in ids if photo_id in offered]


def _copy(photo: Photo) -> CleanPicture:
    try:
        return for_sending(deployment().photo_store().get(photo.id, photo.stored_name or ""))
    except (PhotoUnreadable, PictureRefused) as problem:
        raise PhotoError(f"This picture cannot be sent: {problem}.") from None


def _offered(desk: Desk, thread_id: int) -> list[Photo]:
    library = [photo for _, photo in library_pictures(desk.session, desk.clinic.id)]
    return library + photos_of_thread(desk.session, thread_id)


def _page(thread_id: int, error: str | None = None) -> str:
    with reading() as desk:
        thread = own_thread(desk.session, thread_id)
        pending = pending_photos(desk.session, conversation_id=thread.id, staff_id=desk.by.id)
        library = library_pictures(desk.session, desk.clinic.id)
        of_thread = photos_of_thread(desk.session, thread.id)
    return render_template(
        "attach.html",
        thread=thread,
        pending=pending,
        library=library,
        of_thread=of_thread,
        error=error,
        most=MOST_ATTACHED,
        chosen=set(request.form.getlist("photo", type=int)),
    )


def _back(thread_id: int) -> ResponseReturnValue:
    return redirect(url_for("thread.show", thread_id=thread_id, _anchor="body"), 303)
