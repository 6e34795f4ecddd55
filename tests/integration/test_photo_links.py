"""A picture leaves as a link that is fresh, exact, short-lived and opens nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine

import clock
from models.message import Message
from models.photo import Photo
from models.simulated_carrier import SimulatedMessage
from outbox.delivery import Sender
from outbox.timing import Spans
from photos.links import make_link_token
from photos.sanitise import SENDING_CAP
from scheduler.jobs import make_sender
from tests.support.dashboard import Office
from tests.support.office_photos import a_picture, last_text, pending_of, photo_of, texted_photo, upload


def write_reply(office: Office, *pictures: bytes) -> None:
    """A reply with pictures, ten seconds later."""
    browser = office.browser()
    browser.post(f"/threads/{office.thread_id}/attach", **upload(*pictures))
    chosen = [str(photo.id) for photo in pending_of(office)]
    data = {"form_token": "t", "body": "see", "photo_ids": chosen, "when": "now"}
    browser.post(f"/threads/{office.thread_id}/reply", data=data)
    with office.database.write() as session:
        clock.advance_to(session, clock.now(session) + timedelta(seconds=11))


def sent_links(office: Office) -> list[str]:
    """The addresses the carrier was given."""
    with office.database.read() as session:
        rows = session.query(SimulatedMessage).filter_by(direction="outbound-api").all()
        return [urlsplit(url).path for row in rows for url in row.media_urls]


def test_the_carrier_is_given_links_that_it_can_get_and_head(office: Office) -> None:
    write_reply(office, a_picture("red"), a_picture("blue"))
    make_sender(office.here).run_until_quiet()

    links = sent_links(office)
    stranger = office.app.test_client()
    got, head = stranger.get(links[0]), stranger.head(links[0])

    assert len(set(links)) == 2
    assert (got.status_code, head.status_code) == (200, 200)
    for answer in (got, head):
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"] == "inline; filename=photo.jpg"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Length"] == str(len(got.data))
        assert "Set-Cookie" not in answer.headers
    assert got.data.startswith(b"\xff\xd8")
    assert (len(got.data) <= SENDING_CAP, head.data) == (True, b"")


def test_the_row_keeps_the_photo_and_the_link_is_made_when_it_leaves(office: Office) -> None:
    write_reply(office, a_picture())

    assert last_text(office).media_urls == [f"photo:{photo_of(office, 1).id}"]
    make_sender(office.here).run_until_quiet()
    assert last_text(office).media_urls == ["photo:1"]


def test_a_link_ends_after_two_hours(office: Office) -> None:
    write_reply(office, a_picture())
    make_sender(office.here).run_until_quiet()
    link = sent_links(office)[0]

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=115), tick=False):
        assert office.app.test_client().get(link).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=121), tick=False):
        assert office.app.test_client().get(link).status_code == 404


@pytest.mark.parametrize("change", ["{path}A", "{short}", "/media/x", "/media/", "/media/../media/a"])
def test_a_changed_link_opens_nothing(office: Office, change: str) -> None:
    write_reply(office, a_picture())
    make_sender(office.here).run_until_quiet()

    link = sent_links(office)[0]
    answer = office.app.test_client().get(change.format(path=link, short=link[:-1]))

    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_links_are_for_reading_only(office: Office, method: str) -> None:
    token = make_link_token(1, secret_key=office.here.settings.secret_key)

    assert office.app.test_client().open(f"/media/{token}", method=method).status_code in (400, 405)


def test_a_clients_own_photo_has_no_link_even_with_a_true_token(office: Office) -> None:
    token = make_link_token(texted_photo(office), secret_key=office.here.settings.secret_key)

    assert office.app.test_client().get(f"/media/{token}").status_code == 404


@pytest.mark.parametrize("loss", ["file", "row", "key"])
def test_what_is_gone_is_404(office: Office, loss: str) -> None:
    write_reply(office, a_picture())
    make_sender(office.here).run_until_quiet()
    link = sent_links(office)[0]
    with office.database.write() as session:
        photo = session.query(Photo).one()
        if loss == "file":
            office.here.photo_store().delete(photo.stored_name or "")
        elif loss == "row":
            photo.state, photo.stored_name = "deleted", None
        else:
            photo.stored_name = "0" * 32 + ".bin"

    assert office.app.test_client().get(link).status_code == 404


def test_a_sender_that_cannot_make_links_puts_the_text_before_a_person(office: Office) -> None:
    write_reply(office, a_picture())
    here = office.here
    spans = Spans(retry_first=timedelta(milliseconds=10))
    sender = Sender(here.database, here.carrier, public_url=here.settings.public_url, spans=spans)

    sender.run_until_quiet()

    with here.database.read() as session:
        text = session.query(Message).filter_by(kind="staff").one()
    assert text.state == "review"
    assert sent_links(office) == []
