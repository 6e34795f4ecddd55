"""Passwords: hashed with argon2id, at least 12 characters, not among the ones everybody tries first."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from access.common_passwords import is_common

SHORTEST = 12
LONGEST = 200
# The words that lists of leaked passwords are made of; with digits, signs or a repetition they stay weak.
WELL_KNOWN = (
    "password", "passwort", "passw", "contrasena", "qwerty", "letmein", "welcome", "bienvenido", "iloveyou",
    "teamo", "admin", "administrator", "changeme", "secret", "login", "dragon", "monkey", "football", "baseball",
    "superman", "batman", "sunshine", "princess", "princesa", "shadow", "master", "trustno", "michael", "jordan",
    "hello", "whatever", "starwars", "summer", "winter", "spring", "autumn", "botox", "clinic", "clinica", "medspa",
    "doctor", "aftercare", "test", "guest", "user", "root", "default",
)  # fmt: skip
SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
SHORTEST_REST = 5  # what is left of a password without such words and runs must be longer than a year
SHORTEST_RUN = 4
_SWAPPED = str.maketrans("013457@$!", "oieastasi")  # P@ssw0rd is password
_TRAILERS = "0123456789!.?#*-_ "  # what people put at the end when a digit and a sign are asked for
TRIED_FIRST = "this is one of the passwords tried first; use a short sentence of your own"
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
    plain = _letters_and_digits(password)
    if is_common(password) or is_common(password.translate(_SWAPPED)):
        raise WeakPassword(TRIED_FIRST)
    if (
        len(_rest(plain)) < SHORTEST_REST
        or len(_rest(_letters_and_digits(password, swapped=True))) < SHORTEST_REST
    ):
        raise WeakPassword(TRIED_FIRST)
    if any(part and plain == _letters_and_digits(part) for part in not_like):
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


def _letters_and_digits(text: str, *, swapped: bool = False) -> str:
    lowered = text.lower().strip(_TRAILERS).translate(_SWAPPED) if swapped else text.lower()
    return "".join(character for character in lowered if character.isalnum())


def _rest(plain: str) -> str:
    """What a guesser would still have to guess: without well-known words, runs of the keyboard, and a year."""
    for word in sorted(WELL_KNOWN, key=len, reverse=True):
        plain = plain.replace(word, "")
    for sequence in SEQUENCES:
        for run in (sequence, sequence[::-1]):
            plain = _without_run(plain, run)
    return plain.strip("0123456789")


def _without_run(plain: str, sequence: str) -> str:
    """The text without the pieces of SHORTEST_RUN and more characters that stand so in the sequence."""
    kept, at = "", 0
    while at < len(plain):
        length = 0
        while at + length < len(plain) and plain[at : at + length + 1] in sequence:
            length += 1
        if length < SHORTEST_RUN:
            kept, length = kept + plain[at], 1
        at += length
    return kept
