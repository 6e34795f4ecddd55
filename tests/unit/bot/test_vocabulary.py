"""The words as shipped are read once a process, and the collector of garbage leaves them alone."""

import gc
from pathlib import Path

import pytest

from bot.vocabulary import VocabularyError, load_vocabulary, shipped_vocabulary


def test_the_shipped_words_are_read_once_and_not_searched_for_garbage() -> None:
    assert shipped_vocabulary() is shipped_vocabulary()
    assert gc.get_freeze_count() > len(shipped_vocabulary().index.patterns)
    assert gc.isenabled()


def test_garbage_is_collected_again_after_words_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "concepts.toml").write_text("= nothing")

    with pytest.raises(VocabularyError):
        load_vocabulary(tmp_path)

    assert gc.isenabled()
