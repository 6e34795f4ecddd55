"""Phone numbers in every spelling people and carriers use."""

import pytest

from phone import PhoneError, last_four, normalise_sender, parse_phone, sender_kind, written_number


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+15735550100", "+15735550100"),
        ("573-555-0100", "+15735550100"),
        ("(573) 555-0100", "+15735550100"),
        ("573.555.0100", "+15735550100"),
        (" 1 573 555 0100 ", "+15735550100"),
        ("+1 (573) 555-0100", "+15735550100"),
        ("+44 20 7946 0018", "+442079460018"),
        ("+52 55 1234 5678", "+525512345678"),
    ],
)
def test_number_is_read_in_every_common_spelling(written: str, expected: str) -> None:
    assert parse_phone(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "  ", "555-0100", "57355501", "call me", "+1573555010000", "72975", "+", "573-555-0100 x12"],
)
def test_refused_number_comes_with_its_cure(written: str) -> None:
    with pytest.raises(PhoneError, match="Write it with area code"):
        parse_phone(written)


def test_number_without_plus_belongs_to_the_given_country() -> None:
    assert parse_phone("020 7946 0018", "GB") == "+442079460018"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("+15735550100", "phone"),
        ("5735550100", "phone"),
        ("+1 (555) 123-4567", "phone"),
        ("+442079460018", "phone"),
        ("72975", "short_code"),
        ("+72975", "short_code"),
        ("611", "short_code"),
        ("TWILIO", "alphanumeric"),
        ("Your Bank", "alphanumeric"),
        ("anonymous", "alphanumeric"),
        ("", "alphanumeric"),
        ("whatsapp:+15735550100", "alphanumeric"),
        ("<script>", "alphanumeric"),
    ],
)
def test_sender_is_classed_before_anything_is_answered(raw: str, kind: str) -> None:
    assert sender_kind(raw) == kind


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("+15735550100", "+15735550100"),
        ("+1 (573) 555-0100", "+15735550100"),
        ("72975", "72975"),
        ("Your Bank ", "Your Bank"),
        ("x" * 90, "x" * 40),
    ],
)
def test_sender_is_remembered_in_one_spelling(raw: str, kept: str) -> None:
    assert normalise_sender(raw) == kept


def test_only_the_end_of_a_number_is_shown() -> None:
    assert last_four("+15735550100") == "…0100"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+15735550100", "(573) 555-0100"),
        ("+442079460018", "+44 20 7946 0018"),
        ("573.555.0100", "(573) 555-0100"),
        ("ask for Dana", "ask for Dana"),
        ("", ""),
    ],
)
def test_number_is_written_as_people_write_it(number: str, written: str) -> None:
    assert written_number(number) == written
