"""A copy of the database is no second factor: secrets are sealed, bound to their owner, and follow the keys."""

import base64
import secrets

from access.sealing import is_sealed_with_first, keep_secret, secret_of
from config import PhotoKey
from models.staff import Staff

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OLD, NEW = PhotoKey("k1", secrets.token_bytes(32)), PhotoKey("k2", secrets.token_bytes(32))


def sealed(staff_id: int = 7) -> Staff:
    person = Staff(id=staff_id)
    keep_secret(person, SECRET, (OLD,))
    return person


def test_what_is_stored_opens_with_the_key_and_shows_nothing() -> None:
    person = sealed()

    assert secret_of(person, (OLD,)) == SECRET
    assert person.totp_secret is None
    assert person.totp_sealed is not None
    assert SECRET not in person.totp_sealed
    assert SECRET.encode() not in base64.b64decode(person.totp_sealed.partition(":")[2])


def test_one_secret_is_never_sealed_alike_twice() -> None:
    assert sealed().totp_sealed != sealed().totp_sealed


def test_another_persons_row_does_not_open() -> None:
    thief = Staff(id=8, totp_sealed=sealed(staff_id=7).totp_sealed)

    assert secret_of(thief, (OLD,)) is None


def test_a_lost_key_or_a_damaged_row_opens_nothing() -> None:
    person = sealed()
    assert secret_of(person, (NEW,)) is None

    person.totp_sealed = "k1:not base 64!"
    assert secret_of(person, (OLD,)) is None


def test_a_new_first_key_still_reads_and_asks_to_be_used() -> None:
    person = sealed()

    assert secret_of(person, (NEW, OLD)) == SECRET
    assert not is_sealed_with_first(person, (NEW, OLD))
    keep_secret(person, SECRET, (NEW, OLD))
    assert is_sealed_with_first(person, (NEW, OLD))


def test_a_plain_secret_from_before_is_read() -> None:
    person = Staff(id=7, totp_secret=SECRET)

    assert secret_of(person, (OLD,)) == SECRET
    assert not is_sealed_with_first(person, (OLD,))
    assert person.has_second_factor
