"""Time-based codes and recovery codes. A code works once; a recovery code too."""

import hashlib
import hmac
import secrets
from datetime import datetime
from io import BytesIO

import pyotp
import segno

STEP_S = 30
RECOVERY_CODES = 10


def new_secret() -> str:
    """A fresh TOTP secret in base 32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, email: str, clinic_name: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{clinic_name} aftercare")


def qr_svg(uri: str) -> str:
    """The QR code as an inline SVG without scripts or styles."""
    buffer = BytesIO()
    segno.make(uri, error="m").save(buffer, kind="svg", scale=5, border=2, xmldecl=False, svgns=True)
    return buffer.getvalue().decode()


def matching_step(secret: str, code: str, machine: datetime, *, last_step: int | None) -> int | None:
    """The time step this code belongs to, or None. A step not later than the last one used never matches again."""
    digits = "".join(character for character in code if character.isdigit())
    totp = pyotp.TOTP(secret)
    now = int(machine.timestamp()) // STEP_S
    for step in (now, now - 1, now + 1):
        if last_step is not None and step <= last_step:
            continue
        if hmac.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Codes to print and keep: shown once, stored as hashes only."""
    return [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]


def hash_recovery_codes(codes: list[str]) -> str:
    """What is stored. The codes are random 64-bit values, so a plain digest is enough."""
    return " ".join(_digest(code) for code in codes)


def use_recovery_code(code: str, stored: str | None) -> str | None:
    """The stored hashes without this code's, or None where the code is wrong or used."""
    hashes = (stored or "").split()
    wanted = _digest(code)
    if wanted not in hashes:
        return None
    return " ".join(one for one in hashes if one != wanted)


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
