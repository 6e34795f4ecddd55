"""Keys: made once, beside the data, readable by their owner only, never overwritten."""

import stat
import threading
from pathlib import Path

import pytest

from config import ConfigurationError, KeysNotMadeError, Settings, ensure_keys, load_settings

KEY = "A" * 21 + "bcdefghijklmnopqrstuvw"
STRONG = "a-long-random-text-of-many-different-characters"


def test_a_key_cannot_be_used_before_it_is_made() -> None:
    settings = load_settings({})

    for name in ("secret_key", "photo_keys", "opt_out_key"):
        with pytest.raises(KeysNotMadeError):
            getattr(settings, name)


def test_loading_writes_nothing(tmp_path: Path) -> None:
    load_settings({"DATA_DIR": str(tmp_path / "var")})

    assert list(tmp_path.iterdir()) == []


def test_keys_are_made_once_beside_the_data_directory(tmp_path: Path) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path / "var")})

    first, second = ensure_keys(settings), ensure_keys(settings)

    assert first == second
    assert len(first.opt_out_key) == 32
    assert [key.id for key in first.photo_keys] == ["k1"]
    assert sorted(path.name for path in (tmp_path / "var.keys").iterdir()) == [
        "opt_out_key",
        "photo_keys",
        "secret_key",
    ]


def test_key_files_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    keys_dir = ensure_keys(load_settings({"DATA_DIR": str(tmp_path / "var")})).keys_dir

    assert stat.S_IMODE(keys_dir.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys_dir.iterdir()} == {0o600}


def test_keys_that_are_set_are_not_made(tmp_path: Path) -> None:
    environ = {"SECRET_KEY": STRONG, "PHOTO_KEYS": f"k7:{KEY}", "OPT_OUT_KEY": KEY}

    settings = ensure_keys(load_settings(environ | {"DATA_DIR": str(tmp_path / "var")}))

    assert (settings.secret_key, settings.photo_keys[0].id) == (STRONG, "k7")
    assert not settings.keys_dir.exists()


def test_processes_that_start_together_get_the_same_keys(tmp_path: Path) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path / "var")})
    made: list[Settings] = []
    threads = [threading.Thread(target=lambda: made.append(ensure_keys(settings))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert all(one == made[0] for one in made)


@pytest.mark.parametrize("content", ["", "not a key\n"])
def test_a_damaged_key_file_is_named_and_kept(tmp_path: Path, content: str) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path / "var")})
    damaged = ensure_keys(settings).keys_dir / "opt_out_key"
    damaged.write_text(content)

    with pytest.raises(ConfigurationError, match="OPT_OUT_KEY cannot be read"):
        ensure_keys(settings)

    assert damaged.read_text() == content
