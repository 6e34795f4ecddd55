"""A deleted photo is gone: file, page, link, and the carrier's copy. What is still needed is not deleted."""

from datetime import timedelta

import pytest

from carriers.base import ListingFailed
from carriers.simulated import Picture as PhonePicture
from carriers.simulated import SimulatedCarrier
from carriers.twilio import TwilioCarrier
from models.audit import Audit
from models.photo import Photo, mark_backed_up
from photos.carrier_copies import delete_carrier_copies
from tests.support.dashboard import Office
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio
from tests.support.office_photos import a_picture, last_text, pending_of, photo_of, texted_photo, upload

DAYS = timedelta(days=30)


def test_deleting_asks_for_a_reason_removes_the_file_and_is_audited(office: Office) -> None:
    photo_id = texted_photo(office)
    browser = office.browser()

    refused = browser.post(f"/photos/{photo_id}/delete", data={"reason": "just so"})
    assert (refused.status_code, photo_of(office, photo_id).state) == (422, "stored")
    done = browser.post(f"/photos/{photo_id}/delete", data={"reason": "client"})

    assert done.headers["Location"] == f"/threads/{office.thread_id}"
    assert (photo_of(office, photo_id).state, photo_of(office, photo_id).stored_name) == ("deleted", None)
    assert office.here.photo_store().names() == []
    assert browser.get(f"/photos/{photo_id}/full").status_code == 404
    with office.database.read() as session:
        row = session.query(Audit).filter_by(action="delete photo").one()
    assert (row.object_id, row.note, row.actor) == (
        photo_id,
        "client",
        f"staff:{office.staff_ids['front_desk']}",
    )


def test_a_picture_on_its_way_is_not_deleted(office: Office) -> None:
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(a_picture()))
    photo_id = pending_of(office)[0].id
    data = {"form_token": "t", "body": "", "photo_ids": [str(photo_id)], "when": "now"}
    browser.post(f"/threads/{office.thread_id}/reply", data=data)

    answer = browser.post(f"/photos/{photo_id}/delete", data={"reason": "unusable"})

    assert (answer.status_code, "has not left yet" in answer.get_data(as_text=True)) == (422, True)
    assert last_text(office).state == "queued"


def test_a_library_picture_is_removed_in_the_library(office: Office) -> None:
    browser = office.browser("owner")
    browser.post("/pictures", **upload(a_picture(), name="Ice"))

    answer = browser.post("/photos/1/delete", data={"reason": "unusable"})

    assert (answer.status_code, "belongs to the library" in answer.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize(
    ("backed_up", "age", "state", "goes"),
    [
        (True, 31, "stored", True),
        (True, 29, "stored", False),
        (False, 400, "stored", False),
        (False, 0, "deleted", True),
        (False, 400, "failed", False),
    ],
)
def test_the_carriers_copy_goes_only_when_a_backup_holds_ours_or_ours_was_deleted(
    office: Office, backed_up: bool, age: int, state: str, goes: bool
) -> None:
    photo_id = texted_photo(office, at=office.now - timedelta(days=age))
    asked: list[str] = []
    with office.database.write() as session:
        photo = session.get_one(Photo, photo_id)
        photo.state, photo.backed_up_at = state, office.now if backed_up else None

    delete_carrier_copies(office.database, asked.append, keep_for=DAYS, now=office.now)
    delete_carrier_copies(office.database, asked.append, keep_for=DAYS, now=office.now)

    assert asked == (["https://carrier.example/media"] if goes else [])
    assert (photo_of(office, photo_id).deleted_at_carrier_at is not None) == goes
    assert (photo_of(office, photo_id).source_url is None) == goes


def test_where_the_carrier_cannot_be_asked_nothing_counts_as_deleted(office: Office) -> None:
    photo_id = texted_photo(office, state="deleted")

    def down(_url: str) -> None:
        raise ListingFailed("down")

    with pytest.raises(ListingFailed):
        delete_carrier_copies(office.database, down, keep_for=DAYS, now=office.now)

    assert photo_of(office, photo_id).source_url is not None


def test_a_backup_marks_the_files_it_holds_once(office: Office) -> None:
    first, second = texted_photo(office), texted_photo(office)
    held = {photo_of(office, first).stored_name or ""}

    with office.database.write() as session:
        assert mark_backed_up(session, held, at=office.now) == 1
    with office.database.write() as session:
        assert mark_backed_up(session, held, at=office.now + DAYS) == 0

    assert photo_of(office, first).backed_up_at == office.now
    assert photo_of(office, second).backed_up_at is None


def test_twilio_deletes_a_file_and_a_missing_one_is_as_good(twilio: FakeTwilio) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url)
    sid, _ = twilio.text_in(
        "+15735550142", "+15735550100", "", media=[(a_picture(), "image/jpeg")], deliver=False
    )
    url = carrier.list_media(sid)[0].url

    carrier.delete_media(url)
    carrier.delete_media(url)

    assert twilio.state.file(url.rsplit("/", 1)[1]) is None


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/x", "https://api.twilio.com/2010-04-01/Accounts/A"]
)
def test_twilio_is_not_asked_to_delete_what_is_no_file(twilio: FakeTwilio, url: str) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, (AUTH_TOKEN,), twilio.base_url)

    with pytest.raises(ListingFailed):
        carrier.delete_media(url)

    assert twilio.state.requests == []


def test_twilio_that_refuses_is_not_taken_for_done(twilio: FakeTwilio) -> None:
    carrier = TwilioCarrier(ACCOUNT_SID, ("wrong",), twilio.base_url)

    with pytest.raises(ListingFailed):
        carrier.delete_media(f"{twilio.base_url}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}")


def test_the_simulated_carrier_forgets_a_picture(office: Office) -> None:
    carrier = office.here.carrier
    assert isinstance(carrier, SimulatedCarrier)
    phone = carrier.receive("+15735550142", "+15735550100", "", [PhonePicture(a_picture(), "image/jpeg")])
    url = carrier.list_media(phone.sid)[0].url

    carrier.delete_media(url)

    assert carrier.read_media(url) is None
