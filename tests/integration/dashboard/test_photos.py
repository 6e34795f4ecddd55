"""Staff see, place, download and delete photos; every one is audited and none crosses clinics."""

from datetime import UTC, timedelta

import pytest

from models.audit import Audit
from models.client import clients_of, find_client
from models.clinic import Clinic
from models.desk import Picture
from tests.support.chicago import CHICAGO
from tests.support.dashboard import Office
from tests.support.factories import make_visit
from tests.support.office_photos import a_picture, last_text, pending_of, photo_of, texted_photo, upload


def audited(office: Office, action: str) -> list[Audit]:
    with office.database.read() as session:
        return session.query(Audit).filter_by(action=action).all()


def visit(office: Office, *, days_ago: int) -> int:
    with office.database.write() as session:
        at = (office.now.astimezone(CHICAGO) - timedelta(days=days_ago)).astimezone(UTC)
        return make_visit(session, find_client(session, office.client_id), at=at).id


def send_picture(office: Office) -> None:
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    data = {"form_token": "t0", "body": "", "photo_ids": [str(pending_of(office)[0].id)], "when": "now"}
    browser.post(f"/threads/{office.thread_id}/reply", data=data)


def test_a_photo_is_shown_as_a_picture_that_no_browser_keeps(office: Office) -> None:
    photo_id = texted_photo(office)

    full = office.browser().get(f"/photos/{photo_id}/full")
    small = office.browser().get(f"/photos/{photo_id}/small")

    assert (full.status_code, full.content_type, full.headers["Cache-Control"]) == (
        200,
        "image/jpeg",
        "no-store",
    )
    assert full.headers["X-Content-Type-Options"] == "nosniff"
    assert full.data.startswith(b"\xff\xd8")
    assert (small.status_code, small.content_type) == (200, "image/jpeg")


def test_looking_is_audited_once_an_hour_and_person(office: Office) -> None:
    photo_id = texted_photo(office)
    browser = office.browser()

    browser.get(f"/photos/{photo_id}/small")
    browser.get(f"/photos/{photo_id}/full")
    browser.get(f"/photos/{photo_id}/full")
    office.browser("owner").get(f"/photos/{photo_id}/full")

    assert [row.object_id for row in audited(office, "read photo")] == [photo_id, photo_id]


def test_thumbnails_of_a_thread_that_was_opened_are_not_audited_again(office: Office) -> None:
    photo_id = texted_photo(office)
    browser = office.browser()

    browser.get(f"/threads/{office.thread_id}")
    browser.get(f"/photos/{photo_id}/small")

    assert len(audited(office, "read thread")) == 1
    assert audited(office, "read photo") == []


@pytest.mark.parametrize("path", ["", "/full", "/small"])
def test_a_photo_of_another_clinic_does_not_exist(office: Office, path: str) -> None:
    photo_id = texted_photo(office, other_clinic=True)

    assert office.browser("owner").get(f"/photos/{photo_id}{path}").status_code == 404
    assert audited(office, "read photo") == []


@pytest.mark.parametrize("path", ["retry", "describe", "download", "delete"])
def test_nothing_can_be_done_to_a_photo_of_another_clinic(office: Office, path: str) -> None:
    photo_id = texted_photo(office, other_clinic=True)

    assert office.browser("owner").post(f"/photos/{photo_id}/{path}").status_code == 404
    assert photo_of(office, photo_id).state == "stored"


@pytest.mark.parametrize("path", ["", "/full", "/small"])
def test_nobody_sees_a_photo_without_signing_in(office: Office, path: str) -> None:
    answer = office.browser(None).get(f"/photos/{texted_photo(office)}{path}")

    assert (answer.status_code, "/login" in answer.headers["Location"]) == (302, True)


def test_the_gallery_shows_photos_by_treatment_day(office: Office) -> None:
    visit(office, days_ago=14)
    texted_photo(office, at=office.now - timedelta(days=14))
    texted_photo(office)

    page = office.browser().get(f"/clients/{office.client_id}/photos").get_data(as_text=True)

    assert "Day 0" in page
    assert "Day 14" in page
    assert page.count("Ana, ") == 2
    assert len(audited(office, "read photos")) == 1


def test_compare_shows_before_and_newest_at_one_zoom(office: Office) -> None:
    visit(office, days_ago=14)
    before = texted_photo(office, at=office.now - timedelta(days=14))
    texted_photo(office, at=office.now - timedelta(days=7))
    newest = texted_photo(office)
    send_picture(office)  # what we texted shows ice, not a face

    page = office.browser().get(f"/clients/{office.client_id}/photos/compare?zoom=200").get_data(as_text=True)

    shown = page[page.index("data-pair") :]
    assert shown.index(f"/photos/{before}/full") < shown.index(f"/photos/{newest}/full")
    assert "zoom-200" in page


@pytest.mark.parametrize("query", ["", "?left=999&right=x&zoom=7"])
def test_compare_without_two_photos_says_so(office: Office, query: str) -> None:
    texted_photo(office)

    page = office.browser().get(f"/clients/{office.client_id}/photos/compare{query}").get_data(as_text=True)

    assert "Two photos are needed" in page


def test_photos_are_blurred_until_opened_where_the_clinic_wishes(office: Office) -> None:
    texted_photo(office)
    with office.database.write() as session:
        session.get_one(Clinic, office.clinic_id).blur_photos = True

    assert 'class="blurred"' in office.browser().get(f"/clients/{office.client_id}/photos").get_data(
        as_text=True
    )
    assert 'class="blurred"' in office.browser().get(f"/threads/{office.thread_id}").get_data(as_text=True)


def test_photos_taken_at_the_clinic_are_kept_and_sent_to_nobody(office: Office) -> None:
    visit_id = visit(office, days_ago=0)
    before = last_text(office).id

    form = upload(a_picture(), a_picture("red"), visit=str(visit_id), view="front", caption="relaxed")
    answer = office.browser().post(f"/clients/{office.client_id}/photos", **form)

    page = office.browser().get(f"/clients/{office.client_id}/photos").get_data(as_text=True)
    assert answer.status_code == 303
    assert page.count("relaxed") >= 2
    assert "Front Desk, " in page
    assert last_text(office).id == before


def test_a_photo_is_placed_and_described(office: Office) -> None:
    first = visit(office, days_ago=100)
    visit(office, days_ago=3)
    photo_id = texted_photo(office)
    form = {"visit": str(first), "view": "left", "caption": "raised brow"}

    office.browser().post(f"/photos/{photo_id}/describe", data=form)

    photo = photo_of(office, photo_id)
    assert (photo.visit_id, photo.view, photo.caption) == (first, "left", "raised brow")
    assert "Photo, day 100" in office.browser().get(f"/photos/{photo_id}").get_data(as_text=True)


def test_a_photo_cannot_be_placed_at_somebody_elses_visit(office: Office) -> None:
    with office.database.write() as session:
        zoe = clients_of(session, office.other_thread_id)[0]
        foreign = make_visit(session, zoe).id
    photo_id = texted_photo(office)

    answer = office.browser().post(
        f"/photos/{photo_id}/describe", data={"visit": foreign, "caption": "keep me"}
    )

    assert answer.status_code == 422
    assert "keep me" in answer.get_data(as_text=True)
    assert photo_of(office, photo_id).visit_id is None


def test_a_download_asks_for_a_reason_and_is_audited(office: Office) -> None:
    photo_id = texted_photo(office)
    browser = office.browser()

    assert browser.post(f"/photos/{photo_id}/download", data={"reason": "because"}).status_code == 422
    taken = browser.post(f"/photos/{photo_id}/download", data={"reason": "chart"})

    assert taken.headers["Content-Disposition"] == f"attachment; filename=photo-{photo_id}.jpg"
    assert [(row.object_id, row.note) for row in audited(office, "download photo")] == [(photo_id, "chart")]


def test_retry_asks_the_carrier_again(office: Office) -> None:
    photo_id = texted_photo(office, state="failed", failure="gone", tries=7)

    page = office.browser().get(f"/threads/{office.thread_id}").get_data(as_text=True)
    answer = office.browser().post(f"/photos/{photo_id}/retry")

    assert "No photo: gone" in page
    assert answer.status_code == 303
    assert (photo_of(office, photo_id).state, photo_of(office, photo_id).tries) == ("at_carrier", 0)


def test_pictures_are_attached_from_device_thread_and_library_and_leave_with_the_reply(
    office: Office,
) -> None:
    photo_id = texted_photo(office)
    office.browser("owner").post("/pictures", **upload(a_picture("blue"), name="Where to put ice"))
    with office.database.read() as session:
        library_id = session.query(Picture).one().photo_id
    browser = office.browser()

    form = upload(a_picture("red"), a_picture("green"), photo=[str(photo_id), str(library_id)])
    assert browser.post(f"/threads/{office.thread_id}/attach", **form).status_code == 303
    waiting = pending_of(office)
    page = browser.get(f"/threads/{office.thread_id}").get_data(as_text=True)
    data = {"form_token": "t1", "body": "", "photo_ids": [str(photo.id) for photo in waiting], "when": "now"}
    browser.post(f"/threads/{office.thread_id}/reply", data=data)

    assert [photo.copied_from_id for photo in waiting] == [None, None, photo_id, library_id]
    assert "4 pictures will go with your reply" in page
    text = last_text(office)
    assert (text.kind, text.media_urls) == ("staff", [f"photo:{photo.id}" for photo in waiting])
    assert {photo_of(office, photo.id).message_id for photo in waiting} == {text.id}
    assert photo_of(office, photo_id).message_id != text.id


def test_a_double_click_sends_pictures_once(office: Office) -> None:
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    data = {"form_token": "t1", "body": "", "photo_ids": [str(pending_of(office)[0].id)], "when": "now"}
    first = browser.post(f"/threads/{office.thread_id}/reply", data=data)
    sent = last_text(office).id
    second = browser.post(f"/threads/{office.thread_id}/reply", data=data)

    assert (first.status_code, second.status_code, last_text(office).id) == (303, 303, sent)


def test_undo_brings_the_pictures_back(office: Office) -> None:
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    photo_id = pending_of(office)[0].id
    data = {"form_token": "t1", "body": "see", "photo_ids": [str(photo_id)], "when": "now"}
    browser.post(f"/threads/{office.thread_id}/reply", data=data)

    browser.post(f"/threads/{office.thread_id}/texts/{last_text(office).id}/undo")

    assert [photo.id for photo in pending_of(office)] == [photo_id]


def test_a_picture_can_be_taken_off_again(office: Office) -> None:
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    photo_id = pending_of(office)[0].id

    office.browser("owner").post(f"/threads/{office.thread_id}/attach/{photo_id}/remove")
    assert len(pending_of(office)) == 1
    browser.post(f"/threads/{office.thread_id}/attach/{photo_id}/remove")

    assert pending_of(office) == []
    assert office.here.photo_store().names() == []


def test_a_colleagues_pictures_do_not_go_with_my_reply(office: Office) -> None:
    office.browser("owner").post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    photo_id = pending_of(office)[0].id

    data = {"form_token": "t1", "body": "hello", "photo_ids": [str(photo_id)], "when": "now"}
    office.browser().post(f"/threads/{office.thread_id}/reply", data=data)

    assert last_text(office).media_urls == []
    assert len(pending_of(office)) == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (upload(), "Choose at least one picture"),
        (upload(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"), "not a picture"),
        (upload(*[a_picture()] * 9), "at most 8 pictures"),
    ],
    ids=["nothing", "svg", "nine"],
)
def test_what_cannot_be_attached_is_said(office: Office, form: dict[str, object], says: str) -> None:
    answer = office.browser().post(f"/threads/{office.thread_id}/attach", **form)

    assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)
    assert office.here.photo_store().names() == []


@pytest.mark.parametrize(
    "path", ["/threads/{other}/attach", "/clients/999/photos", "/clients/999/photos/compare"]
)
def test_pages_of_another_clinic_or_of_nobody_are_404(office: Office, path: str) -> None:
    assert office.browser("owner").get(path.format(other=office.other_thread_id)).status_code == 404
