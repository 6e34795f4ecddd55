"""Which whole texts the simulated carrier takes for keywords, as Twilio does."""

import pytest

from carriers.simulated_keywords import Keyword, read_keyword


@pytest.mark.parametrize(
    ("body", "is_blocked", "expected"),
    [
        ("STOP", False, Keyword.STOP),
        (" Stop \n", False, Keyword.STOP),
        ("optout", False, Keyword.STOP),
        ("opt out", False, None),
        ("stop please", False, None),
        ("stop", True, None),
        ("START", True, Keyword.START),
        ("yes", True, Keyword.START),
        ("yes", False, None),
        ("start", False, None),
        ("help", False, Keyword.HELP),
        ("INFO", True, Keyword.HELP),
        ("", False, None),
    ],
)
def test_whole_text_is_read_as_a_keyword(body: str, is_blocked: bool, expected: Keyword | None) -> None:
    assert read_keyword(body, is_blocked=is_blocked) is expected
