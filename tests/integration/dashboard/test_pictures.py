"""The clinic's own pictures: everybody may send them, who may edit words keeps them."""

import pytest

from models.desk import Picture
from tests.support.dashboard import Office
from tests.support.office_photos import a_picture, photo_of, upload


def kept(office: Office) -> list[Picture]:
    with office.database.read() as session:
        return session.query(Picture).filter_by(removed_at=None).all()


@pytest.mark.parametrize(("role", "status"), [("owner", 303), ("clinician", 303), ("front_desk", 403)])
def test_adding_needs_the_right_to_edit_words(office: Office, role: str, status: int) -> None:
    answer = office.browser(role).post("/pictures", **upload(a_picture(), name="Where to put ice"))

    assert answer.status_code == status
    assert len(kept(office)) == (status == 303)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (upload(a_picture(), name="  "), "Give the picture a name"),
        (upload(name="Ice"), "Choose at least one picture"),
        (upload(b"no picture", name="Ice"), "not a picture"),
    ],
    ids=["no name", "no file", "no picture"],
)
def test_what_is_wrong_is_said_and_the_name_is_kept(
    office: Office, form: dict[str, object], says: str
) -> None:
    answer = office.browser("owner").post("/pictures", **form)

    assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)
    assert office.here.photo_store().names() == []


def test_front_desk_sees_the_library_but_no_way_to_change_it(office: Office) -> None:
    office.browser("owner").post("/pictures", **upload(a_picture(), name="Where to put ice"))

    page = office.browser().get("/pictures").get_data(as_text=True)

    assert "Where to put ice" in page
    assert "Add a picture" not in page


def test_removing_deletes_the_file_and_keeps_what_was_sent(office: Office) -> None:
    browser = office.browser("owner")
    browser.post("/pictures", **upload(a_picture(), name="Ice"))
    picture = kept(office)[0]
    browser.post(f"/threads/{office.thread_id}/attach", data={"photo": str(picture.photo_id)})

    browser.post(f"/pictures/{picture.id}/remove")

    assert kept(office) == []
    assert photo_of(office, picture.photo_id).state == "deleted"
    assert len(office.here.photo_store().names()) == 1


def test_another_clinics_picture_does_not_exist(office: Office) -> None:
    office.browser("other_owner").post("/pictures", **upload(a_picture(), name="Theirs"))

    answer = office.browser("owner").post(f"/pictures/{kept(office)[0].id}/remove")

    assert (answer.status_code, len(kept(office))) == (404, 1)
