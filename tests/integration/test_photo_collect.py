"""The clock collects pictures: cleaned, encrypted, tried again, given up in words. A text is never lost over one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.installation import installation
from models.message import Message
from models.photo import Photo
from photos.collect import RETRY_AFTER, collect_all, collect_next, retry_photo
from photos.fetch import MediaRules, fetch_media
from photos.sweeping import drop_unsent, sweep_orphans
from tests.support.factories import NOON
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio
from tests.support.photo_bench import HEIC, Bench
from tests.unit.photos.test_sanitise import picture, pixel_bomb

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("no_proxy")


def rules(base: str) -> MediaRules:
    return MediaRules(ACCOUNT_SID, AUTH_TOKEN, base, timedelta(seconds=5))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.database.close()


def waiting_at(twilio: FakeTwilio, content: bytes, kind: str = "image/jpeg") -> str:
    sid, _ = twilio.text_in("+15735550142", "+15735550100", "look", media=[(content, kind)], deliver=False)
    message = twilio.state.find(sid)
    assert message is not None
    return twilio.media_url(sid, message.media[0][0])


def collect(bench: Bench, twilio: FakeTwilio) -> int:
    return collect_all(bench.database, bench.store, lambda url: fetch_media(url, rules(twilio.base_url)))


@pytest.mark.parametrize(
    "content", [picture(), picture("PNG"), HEIC.read_bytes()], ids=["jpeg", "png", "heic"]
)
def test_a_picture_is_fetched_cleaned_and_kept_encrypted(
    bench: Bench, twilio: FakeTwilio, content: bytes
) -> None:
    photo_id = bench.expect(waiting_at(twilio, content))

    collect(bench, twilio)

    photo = bench.photo(photo_id)
    assert (photo.state, photo.content_type, photo.failure) == ("stored", "image/jpeg", None)
    jpeg = bench.store.get(photo_id, photo.stored_name or "")
    assert jpeg.startswith(b"\xff\xd8")
    assert b"SECRET PLACE" not in jpeg


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pixel_bomb(), "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
        (b"<html><script>alert(1)</script>", "image/jpeg"),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", "text/vcard"),
        (b"%PDF-1.7\n", "application/pdf"),
        (HEIC.read_bytes()[:300], "image/heic"),
    ],
    ids=["pixel bomb", "svg", "html", "vcard", "pdf", "cut heic"],
)
def test_what_cannot_be_shown_is_refused_and_the_text_stays(
    bench: Bench, twilio: FakeTwilio, content: bytes, kind: str
) -> None:
    photo_id = bench.expect(waiting_at(twilio, content, kind))

    collect(bench, twilio)

    photo = bench.photo(photo_id)
    assert photo.state == "refused"
    assert photo.failure
    assert bench.store.names() == []
    with bench.database.read() as session:
        assert session.get_one(Message, photo.message_id).body == "look"


def test_a_pixel_bomb_does_not_fill_the_memory() -> None:
    program = (
        "import sys, resource; from photos.sanitise import sanitise, PictureRefused\n"
        "raw = sys.stdin.buffer.read(); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: sanitise(raw)\n"
        "except PictureRefused: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=pixel_bomb(), capture_output=True, cwd=ROOT, check=True
    )

    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 100 * 1024 * 1024


def test_a_missing_picture_is_asked_for_during_ten_minutes_and_then_shown_as_failed(
    bench: Bench, twilio: FakeTwilio
) -> None:
    twilio.state.media_mode = "404"
    photo_id = bench.expect(waiting_at(twilio, picture()))

    waits = []
    for _ in range(len(RETRY_AFTER) + 1):
        collect(bench, twilio)
        photo = bench.photo(photo_id)
        waits.append(photo.next_try_at - datetime.now(UTC) if photo.next_try_at else timedelta())
        bench.hurry(photo_id)

    assert timedelta(minutes=10) < sum(waits, timedelta()) + timedelta(seconds=10) < timedelta(minutes=11)
    assert bench.photo(photo_id).state == "failed"
    assert "press Retry" in (bench.photo(photo_id).failure or "")


def test_retry_fetches_what_failed(bench: Bench, twilio: FakeTwilio) -> None:
    twilio.state.media_mode = "403"
    photo_id = bench.expect(waiting_at(twilio, picture()))
    collect(bench, twilio)
    assert bench.photo(photo_id).state == "failed"
    twilio.state.media_mode = "ok"

    with bench.database.write() as session:
        retry_photo(session.get_one(Photo, photo_id))
    collect(bench, twilio)

    assert bench.photo(photo_id).state == "stored"


def test_a_full_disk_is_tried_again_and_keeps_no_half_file(
    bench: Bench, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = bench.expect(waiting_at(twilio, picture()))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        collect(bench, twilio)
        assert "is the disk full" in (bench.photo(photo_id).failure or "")
        assert list((bench.store._folder).iterdir()) == []
    bench.hurry(photo_id)
    collect(bench, twilio)

    assert bench.photo(photo_id).state == "stored"


def test_our_own_error_does_not_stop_other_pictures(
    bench: Bench, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = bench.expect("odd"), bench.expect(waiting_at(twilio, picture()))

    def fetch(url: str) -> bytes:
        if url == "odd":
            raise KeyError(url)
        return fetch_media(url, rules(twilio.base_url))

    collect_all(bench.database, bench.store, fetch)

    assert bench.photo(good).state == "stored"
    assert (bench.photo(bad).state, bench.photo(bad).tries) == ("at_carrier", 1)


class Killed(BaseException):
    """The process ended here."""


def test_a_kill_between_file_and_row_leaves_a_file_that_is_swept_and_one_photo(
    bench: Bench, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = bench.expect(waiting_at(twilio, picture()))
    put = bench.store.put

    def put_and_die(photo: int, content: bytes) -> str:
        put(photo, content)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "put", put_and_die)
        with pytest.raises(Killed):
            collect_next(bench.database, bench.store, lambda url: fetch_media(url, rules(twilio.base_url)))
    assert (bench.photo(photo_id).state, len(bench.store.names())) == ("at_carrier", 1)
    bench.hurry(photo_id)
    collect(bench, twilio)

    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert sweep_orphans(bench.database, bench.store, machine=datetime.now(UTC)) == 0
    assert sweep_orphans(bench.database, bench.store, machine=tomorrow) == 1
    assert bench.store.names() == [bench.photo(photo_id).stored_name]


def test_after_a_restore_nothing_is_swept(bench: Bench) -> None:
    bench.store.put(1, b"newer than the rows")
    with bench.database.write() as session:
        installation(session).reminders_wait_since = NOON

    assert sweep_orphans(bench.database, bench.store, machine=datetime.now(UTC) + timedelta(days=9)) == 0


def test_a_picture_attached_to_a_reply_that_never_left_is_dropped_after_a_week(bench: Bench) -> None:
    photo_id = bench.expect("-")
    with bench.database.write() as session:
        _keep_pending(session, bench, photo_id)

    assert drop_unsent(bench.database, bench.store, now=NOON + timedelta(days=6)) == 0
    assert drop_unsent(bench.database, bench.store, now=NOON + timedelta(days=8)) == 1
    assert (bench.photo(photo_id).state, bench.store.names()) == ("deleted", [])


def _keep_pending(session: Session, bench: Bench, photo_id: int) -> None:
    photo = session.get_one(Photo, photo_id)
    photo.state, photo.stored_name = "pending", bench.store.put(photo_id, b"face")
