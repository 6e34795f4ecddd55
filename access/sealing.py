"""Second-factor secrets at rest: sealed with AES-GCM under a key drawn from PHOTO_KEYS, bound to their owner.

A copy of the database, or a backup, is no second factor: the keys lie elsewhere. A new first key seals anew when used.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config import PhotoKey
from models.staff import Staff

NONCE = 12
PURPOSE = b"second factor of staff"  # never the key itself: one key, one use


def keep_secret(person: Staff, secret: str, keys: tuple[PhotoKey, ...]) -> None:
    """Store a person's secret sealed. The first key writes."""
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(_derived(keys[0])).encrypt(nonce, secret.encode(), _bound_to(person))
    person.totp_sealed = f"{keys[0].id}:{base64.b64encode(nonce + sealed).decode()}"
    person.totp_secret = None


def secret_of(person: Staff, keys: tuple[PhotoKey, ...]) -> str | None:
    """A person's secret; None where there is none, or none of the keys opens it (recovery codes still do)."""
    if person.totp_sealed is None:
        return person.totp_secret
    key_id, _, text = person.totp_sealed.partition(":")
    key = next((one for one in keys if one.id == key_id), None)
    try:
        blob = base64.b64decode(text, validate=True)
        return (
            AESGCM(_derived(key)).decrypt(blob[:NONCE], blob[NONCE:], _bound_to(person)).decode()
            if key
            else None
        )
    except (InvalidTag, binascii.Error, ValueError):
        return None


def is_sealed_with_first(person: Staff, keys: tuple[PhotoKey, ...]) -> bool:
    """Whether nothing is left to do: not plain, and not under a key on its way out."""
    return (person.totp_sealed or "").startswith(f"{keys[0].id}:")


def _derived(key: PhotoKey) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.key)


def _bound_to(person: Staff) -> bytes:
    return f"staff:{person.id}".encode()
