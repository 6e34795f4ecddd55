"""Export: an archive and one PDF of a client; who took it, and why, is written down. Others' words stay out."""

import io
import json
import zipfile

import pytest
from PIL import Image

from models.audit import Audit
from models.client import find_client
from models.conversation import Conversation
from models.photo import Photo
from tests.support.dashboard import Office
from tests.support.factories import NOON, make_client, make_inbound, make_outbound, make_visit

REASON = {"reason": "the client asked for it"}
pytestmark = pytest.mark.usefixtures("noon")


def a_picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(content, "JPEG")
    return content.getvalue()


def send_photo(office: Office) -> None:
    """Ana sends a photo with words in two scripts."""
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        text = make_inbound(session, thread, "¿Así está bien? “uneven” 😀", client_id=office.client_id)
        photo = Photo(
            clinic_id=office.clinic_id,
            message_id=text.id,
            conversation_id=thread.id,
            state="stored",
            content_type="image/jpeg",
            created_at=NOON,
        )
        session.add(photo)
        session.flush()
        photo.stored_name = office.here.photo_store().put(photo.id, a_picture())
        make_visit(session, find_client(session, office.client_id))


def archive_of(office: Office) -> zipfile.ZipFile:
    answer = office.browser("clinician").post(f"/clients/{office.client_id}/export.zip", data=REASON)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_the_archive_holds_records_words_photos_and_the_pdf(office: Office) -> None:
    send_photo(office)

    box = archive_of(office)

    names = box.namelist()
    assert {"client.json", "texts.txt", "thread.pdf"} <= set(names)
    (photo,) = [name for name in names if name.startswith("photos/")]
    assert box.read(photo) == a_picture()
    records = json.loads(box.read("client.json"))
    assert records["client"]["name"] == "Ana"
    assert records["visits"][0]["treatments"][0]["product"] == "neuromodulator"
    assert "¿Así está bien? “uneven” 😀" in box.read("texts.txt").decode()
    assert records["consent"][0]["scope"] == "care"


def test_the_pdf_is_one_file_with_the_photo(office: Office) -> None:
    send_photo(office)

    answer = office.browser("owner").post(f"/clients/{office.client_id}/export.pdf", data=REASON)

    assert answer.data.startswith(b"%PDF-")
    assert b"/Subtype /Image" in answer.data
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Ana" not in answer.headers["Content-Disposition"]


def test_a_photo_that_cannot_be_read_is_named_and_stops_nothing(office: Office) -> None:
    send_photo(office)
    store = office.here.photo_store()
    for name in store.names():
        store.delete(name)

    assert b"photo 1" in archive_of(office).read("unreadable.txt")


def test_on_a_shared_phone_what_names_the_other_person_stays_out(office: Office) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        other = make_client(session, thread, name="Ben")
        make_outbound(session, thread, "For Ben only", client_id=other.id)
        make_outbound(session, thread, "For Ana only", client_id=office.client_id)

    words = archive_of(office).read("texts.txt").decode()

    assert "For Ana only" in words
    assert "For Ben only" not in words


def test_an_export_is_audited_with_its_reason(office: Office) -> None:
    archive_of(office)

    with office.database.read() as session:
        row = session.query(Audit).filter_by(action="client.export.zip").one()
    assert (row.object_id, row.note) == (office.client_id, REASON["reason"])


@pytest.mark.parametrize(
    ("role", "data", "status"),
    [
        ("front_desk", REASON, 403),
        ("other_owner", REASON, 404),
        ("owner", {}, 400),
        ("owner", {"reason": "curious"}, 400),
        (None, REASON, 302),
    ],
)
def test_who_may_export(office: Office, role: str | None, data: dict[str, str], status: int) -> None:
    answer = office.browser(role).post(f"/clients/{office.client_id}/export.zip", data=data)

    assert answer.status_code == status
