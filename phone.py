"""Phone numbers as people write them and as carriers send them. Pure; must never guess a missing digit."""

import re
from typing import Literal, TypeAlias

import phonenumbers

SenderKind: TypeAlias = Literal["phone", "short_code", "alphanumeric"]

SHOWN_DIGITS = 4
_DIALLED = re.compile(r"\+?[\d\s().\-/]+")
_SHORT_CODE = re.compile(r"\d{3,8}")  # US codes have 5 or 6 digits, others 3 to 8
_INTERNATIONAL = re.compile(r"\+\d{7,15}")  # E.164 allows at most 15 digits


class PhoneError(ValueError):
    """A phone number that cannot be used; the message says what to write instead."""


def parse_phone(text: str, country: str = "US") -> str:
    """The number as E.164 ("+15735550100"); without a leading + it is read as a number of `country`.

    Only the form is checked, not whether the number is in service. Raises PhoneError with a cure.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise PhoneError(_cure(text)) from None
    # is_possible_number would also accept seven digits without an area code
    possible = phonenumbers.is_possible_number_with_reason(number)
    if number.extension or possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise PhoneError(_cure(text))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def sender_kind(raw: str) -> SenderKind:
    """What an inbound From is. Only a phone is ever answered."""
    digits = re.sub(r"[\s().\-/]", "", raw)
    if not _DIALLED.fullmatch(raw.strip()):
        return "alphanumeric"
    if _SHORT_CODE.fullmatch(digits.removeprefix("+")) and not _INTERNATIONAL.fullmatch(digits):
        return "short_code"
    return "phone"


def normalise_sender(raw: str, country: str = "US") -> str:
    """An inbound From as we remember it: E.164 where it can be read so, otherwise as it came, trimmed to 40."""
    if sender_kind(raw) != "phone":
        return raw.strip()[:40]
    try:
        return parse_phone(raw, country)
    except PhoneError:
        return raw.strip()[:40]


def written_number(number: str, country: str = "US") -> str:
    """A number as people of `country` write it: "(573) 555-0100"; what cannot be read stays as it is."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.country_code_for_region(country) == parsed.country_code
    wanted = (
        phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return str(phonenumbers.format_number(parsed, wanted))


def last_four(number: str) -> str:
    """The end of a number, for lists and logs that must not show all of it: "…0100"."""
    return f"…{number[-SHOWN_DIGITS:]}"


def _cure(text: str) -> str:
    shown = "".join(char for char in text.strip() if char.isprintable())[:30] or "nothing"
    return f'"{shown}" is not a phone number. Write it with area code, such as 573-555-0100 or +15735550100.'
