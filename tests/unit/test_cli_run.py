"""`run` begins its threads last: where anything before them fails it ends, and nothing is left running."""

from types import SimpleNamespace

import pytest

import cli.run
from models.database import DatabaseBusy


def test_nothing_is_begun_where_the_first_link_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> list[str]:
        raise DatabaseBusy

    begun: list[str] = []
    background = SimpleNamespace(start=lambda: begun.append("threads"))
    server = SimpleNamespace(effective_port=8000, run=lambda: begun.append("server"))
    monkeypatch.setattr(cli.run, "_listen", lambda *_: server)
    monkeypatch.setattr(cli.run, "Background", lambda _: background)
    monkeypatch.setattr(cli.run, "greeting", busy)
    monkeypatch.setattr(cli.run, "end_with_threads", lambda: None)

    with pytest.raises(DatabaseBusy):
        cli.run._serve(SimpleNamespace(), SimpleNamespace(extensions={"deployment": None}))  # type: ignore[arg-type]

    assert begun == []
