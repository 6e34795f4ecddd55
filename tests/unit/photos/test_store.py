"""Stored photos are unreadable without their key, and under any other photo's id."""

from pathlib import Path

import pytest

from config import PhotoKey
from photos.links import make_link_token, read_link_token
from photos.store import PhotoStore, PhotoUnreadable

OLD, NEW = PhotoKey("k1", b"1" * 32), PhotoKey("k2", b"2" * 32)


def test_a_photo_comes_back_as_it_went_in(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path / "photos", (OLD,))

    name = store.put(7, b"face")

    assert store.get(7, name) == b"face"
    assert b"face" not in (tmp_path / "photos" / name).read_bytes()


def test_an_old_key_still_reads_after_rotation(tmp_path: Path) -> None:
    name = PhotoStore(tmp_path, (OLD,)).put(7, b"face")

    assert PhotoStore(tmp_path, (NEW, OLD)).get(7, name) == b"face"


def test_a_file_does_not_open_under_another_photos_id(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path, (OLD,))
    name = store.put(7, b"face")

    with pytest.raises(PhotoUnreadable, match="damaged or changed"):
        store.get(8, name)


@pytest.mark.parametrize("damage", [b"", b"AC1", b"AC1\x02k1short", b"XXX\x02k1" + b"0" * 40])
def test_a_damaged_file_says_so(tmp_path: Path, damage: bytes) -> None:
    store = PhotoStore(tmp_path, (OLD,))
    name = store.put(7, b"face")
    (tmp_path / name).write_bytes(damage)

    with pytest.raises(PhotoUnreadable, match="damaged or changed"):
        store.get(7, name)


def test_missing_key_is_named(tmp_path: Path) -> None:
    name = PhotoStore(tmp_path, (OLD,)).put(7, b"face")

    with pytest.raises(PhotoUnreadable, match="key k1 is not in PHOTO_KEYS"):
        PhotoStore(tmp_path, (NEW,)).get(7, name)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PhotoUnreadable, match="restore it from a backup"):
        PhotoStore(tmp_path, (OLD,)).get(7, "nowhere.bin")


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"outside")
    store = PhotoStore(tmp_path / "photos", (OLD,))

    with pytest.raises(PhotoUnreadable, match="missing"):
        store.get(7, "../secret.bin")


def test_a_link_token_opens_its_photo_only_and_only_with_the_right_key() -> None:
    token = make_link_token(7, secret_key="a")

    assert read_link_token(token, secret_key="a") == 7
    assert read_link_token(token + "x", secret_key="a") is None
    assert read_link_token(token, secret_key="b") is None
    assert read_link_token("", secret_key="a") is None


def test_a_small_copy_is_made_once_kept_unreadable_and_goes_with_its_photo(tmp_path: Path) -> None:
    store, made = PhotoStore(tmp_path, (OLD,)), []
    name = store.put(7, b"large face")

    def make(content: bytes) -> bytes:
        made.append(content)
        return b"small face"

    assert [store.small(7, name, make), store.small(7, name, make)] == [b"small face"] * 2
    assert made == [b"large face"]
    assert all(b"face" not in path.read_bytes() for path in tmp_path.iterdir())
    store.delete(name)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_small_copy_is_made_anew(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path, (OLD,))
    name = store.put(7, b"large")
    store.small(7, name, lambda _content: b"small")
    next(tmp_path.glob("*.small")).write_bytes(b"AC1 nonsense")

    assert store.small(7, name, lambda _content: b"again") == b"again"
