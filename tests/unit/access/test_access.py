"""Passwords, codes and roles, without a database."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from access.passwords import WeakPassword, check_strength, hash_password, is_password
from access.roles import ALLOWED, Permission, Role, is_allowed, needs_second_factor
from access.second_factor import (
    hash_recovery_codes,
    matching_step,
    new_recovery_codes,
    new_secret,
    provisioning_uri,
    qr_svg,
    use_recovery_code,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "Password1234",
        "passwordpassword1",
        "P@ssw0rd!2024",
        "aaaaaaaaaaaaaa",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "abcdefghijklm",
        "zyxwvutsrqpon",
        "123456789012345",
        "adminadmin123",
        "Welcome2024!!",
        "iloveyou-football",
        "clinic-botox-99",
        "telechargement",  # as it stands in the list of leaked ones
        "Liverpool2024!",  # one of them, with what is put at the end when more is asked for
        "2024-M1chelle!!",
        "chelsea-chelsea",
        "dana@clinic.test",
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password, not_like=("dana@clinic.test", "Dana"))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "my dog eats 3 shoes",
        "Tr0ub4dor&3xtra!!",
        "seven green bottles",
        "admin eats pears",
    ],
)
def test_good_passwords_pass(password: str) -> None:
    check_strength(password, not_like=("dana@clinic.test",))


def test_only_the_right_password_opens() -> None:
    stored = hash_password("correct horse battery")

    assert is_password("correct horse battery", stored)
    assert not is_password("correct horse batterz", stored)
    assert not is_password("nobody has this password", None)
    assert not is_password("x", "not a hash")


def test_a_code_works_once_and_not_after_a_later_one() -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOON)

    step = matching_step(secret, f" {code[:3]} {code[3:]} ", NOON, last_step=None)

    assert step is not None
    assert matching_step(secret, code, NOON, last_step=step) is None
    assert matching_step(secret, code, NOON + timedelta(minutes=2), last_step=None) is None


def test_recovery_codes_work_once() -> None:
    codes = new_recovery_codes()
    stored = hash_recovery_codes(codes)

    rest = use_recovery_code(codes[3].upper(), stored)

    assert rest is not None
    assert use_recovery_code(codes[3], rest) is None
    assert use_recovery_code(codes[4], rest) is not None
    assert use_recovery_code("wrong", stored) is None


def test_qr_code_is_inert_svg() -> None:
    svg = qr_svg(provisioning_uri(new_secret(), email="a@b.test", clinic_name="Glow"))

    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "style=" not in svg


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("front_desk", Permission.READ, True),
        ("front_desk", Permission.REPLY, True),
        ("front_desk", Permission.EDIT_WORDS, False),
        ("front_desk", Permission.EXPORT, False),
        ("front_desk", Permission.SETTINGS, False),
        ("clinician", Permission.APPROVE_WORDS, True),
        ("clinician", Permission.EXPORT, True),
        ("clinician", Permission.SETTINGS, False),
        ("clinician", Permission.ERASE, False),
        ("clinician", Permission.AUDIT, False),
        ("owner", Permission.ERASE, True),
        ("owner", Permission.AUDIT, True),
        ("nobody", Permission.READ, False),
    ],
)
def test_roles_may_what_the_table_says(role: str, permission: Permission, allowed: bool) -> None:
    assert is_allowed(role, permission) is allowed


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Role)


def test_second_factor_is_required_of_owner_and_clinician_with_a_real_carrier() -> None:
    assert needs_second_factor("owner", real_carrier=True)
    assert needs_second_factor("clinician", real_carrier=True)
    assert not needs_second_factor("front_desk", real_carrier=True)
    assert not needs_second_factor("owner", real_carrier=False)
