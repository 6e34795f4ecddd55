"""The phone parser over any text: a number, or a plain refusal; what it accepts it accepts again, the same."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from phone import PhoneError, last_four, normalise_sender, parse_phone, sender_kind, written_number

E164 = re.compile(r"\+[1-9]\d{6,14}")
PIECES = st.sampled_from(
    [
        "+",
        "00",
        "1",
        "573",
        "555",
        "0142",
        "(",
        ")",
        "-",
        ".",
        " ",
        "\u00a0",
        "x12",
        "ext. 5",
        "tel:",
        ";",
        "\u0665",
        "\uff15",
        "a",
    ]
)
WRITTEN = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join))


@given(WRITTEN)
@example("+1573555014２")
@example("tel:+15735550142;phone-context=evil.example")
@example("+" + "9" * 5000)
@example("\x00+15735550142")
def test_any_text_is_a_number_or_a_plain_refusal(text: str) -> None:
    try:
        number = parse_phone(text)
    except PhoneError:
        return
    assert E164.fullmatch(number)
    assert number.isascii()
    assert parse_phone(number) == number


@given(st.integers(2, 9), st.integers(0, 99), st.integers(2, 9), st.integers(0, 999_999))
def test_all_ways_to_write_an_american_number_are_one_number(a: int, bc: int, d: int, rest: int) -> None:
    digits = f"{a}{bc:02}{d}{rest:06}"
    forms = (
        f"+1{digits}",
        f"1{digits}",
        digits,
        f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        f"{digits[:3]}.{digits[3:6]}.{digits[6:]}",
    )
    assert {_read(form) for form in forms} in ({f"+1{digits}"}, {None})


def _read(text: str) -> str | None:
    try:
        return parse_phone(text)
    except PhoneError:
        return None


@given(WRITTEN)
def test_any_sender_has_a_kind_and_a_name_that_fits_its_column(raw: str) -> None:
    assert sender_kind(raw) in {"phone", "short_code", "alphanumeric"}
    known = normalise_sender(raw)
    assert len(known) <= 40
    assert normalise_sender(known) == known


@given(WRITTEN)
def test_what_staff_are_shown_never_fails(text: str) -> None:
    assert isinstance(written_number(text), str)
    assert len(last_four(text)) <= len(text) + 4


@given(WRITTEN)
def test_a_refusal_is_one_plain_line(text: str) -> None:
    said = _refusal(text)

    assert said is None or (said and said.isprintable())


def _refusal(text: str) -> str | None:
    try:
        parse_phone(text)
    except PhoneError as error:
        return str(error)
    return None
