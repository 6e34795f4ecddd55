"""The log: one JSON line an event, and never a text, a name or a number."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from log_setup import set_up_logging


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")

    structlog.get_logger("room").info("something happened", message_id=7)

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["message_id"], line["level"]) == ("something happened", 7, "info")
    assert line["at"].endswith("Z")


def test_an_exception_tells_its_type_and_places_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")

    try:
        raise ValueError("+15735550142 wrote: I can't swallow")
    except ValueError:
        structlog.get_logger("room").exception("failed", conversation_id=3)
        logging.getLogger("library").exception("failed too")

    written = capsys.readouterr().err
    first = json.loads(written.splitlines()[0])
    assert first["error"] == "ValueError"
    assert "test_log_setup.py" in first["places"][-1]
    assert "swallow" not in written
    assert "5550142" not in written


@pytest.mark.parametrize("key", ["body", "number", "phone", "email", "from_number"])
def test_what_must_not_be_logged_is_blanked(capsys: pytest.CaptureFixture[str], key: str) -> None:
    set_up_logging("INFO")

    structlog.get_logger("room").info("careless", **{key: "secret"})

    assert "secret" not in capsys.readouterr().err


def test_a_log_that_cannot_be_written_disturbs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stderr", Full())
    set_up_logging("INFO")

    structlog.get_logger("room").info("nobody hears this")
