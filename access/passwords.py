"""Passwords: hashed with argon2id, at least 12 characters, not among the ones everybody tries first."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 200
WELL_KNOWN = (
    "password",
    "passwort",
    "qwertyuiop",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "botox",
    "123456",
    "111111",
)
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")


class WeakPassword(ValueError):
    """The password cannot be used. The message says what to do."""


def check_strength(password: str, *, not_like: tuple[str, ...] = ()) -> None:
    """Raises WeakPassword. `not_like`: the person's e-mail, name and clinic."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"use at least {SHORTEST} characters; a short sentence is easy to remember")
    if len(password) > LONGEST:
        raise WeakPassword(f"use at most {LONGEST} characters")
    if len(set(password.lower())) < 5:
        raise WeakPassword("use more than a few different characters")
    plain = "".join(character for character in password.lower() if character.isalnum())
    if any(plain.removesuffix("s").strip("0123456789") in (word, word * 2) for word in WELL_KNOWN):
        raise WeakPassword("this is one of the passwords tried first; use a short sentence of your own")
    if any(part and plain == "".join(filter(str.isalnum, part.lower())) for part in not_like):
        raise WeakPassword("do not use your own name, address or clinic as password")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


def is_password(password: str, stored_hash: str | None) -> bool:
    """Whether the password is right. Takes the same time where there is no such person (`stored_hash` None)."""
    try:
        _hasher.verify(stored_hash or _NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored_hash is not None
