"""Which keys this installation's data was written with: short fingerprints kept with the data, never a key.

So a key that is lost or changed is noticed; a new one is never made in its place without a word.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from config.settings import Problem, Settings

FILE = "keys.fingerprints"
LENGTH = 16  # hex digits of SHA-256: the keys are 32 random bytes, so this gives nothing of them away
OPT_OUT, PHOTO = "OPT_OUT_KEY", "PHOTO_KEYS"


def fingerprints_of(settings: Settings) -> dict[str, str]:
    """The fingerprint of each key that is there, by name; photo keys by id: `PHOTO_KEYS:k1`."""
    found = {f"{PHOTO}:{key.id}": _fingerprint(PHOTO, key.key) for key in settings.given_photo_keys}
    if settings.given_opt_out_key:
        found[OPT_OUT] = _fingerprint(OPT_OUT, settings.given_opt_out_key)
    return found


def remembered(settings: Settings) -> dict[str, str]:
    """The fingerprints that lie with the data; none on a new machine. Raises OSError where they cannot be read."""
    file = settings.data_dir / FILE
    if not file.exists():
        return {}
    rows = (line.split() for line in file.read_text(encoding="ascii").splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def remember(settings: Settings) -> None:
    """Add the keys that are new; what stands is never changed. Raises OSError."""
    known = remembered(settings)
    new = {name: print_ for name, print_ in fingerprints_of(settings).items() if name not in known}
    if new:
        _write(settings.data_dir / FILE, known | new)


def is_remembered(known: dict[str, str], name: str) -> bool:
    """Whether a key of this setting was used before."""
    return any(entry.partition(":")[0] == name for entry in known)


def compare(expected: dict[str, str], there: dict[str, str]) -> list[Problem]:
    """Each key that is not the one the data was written with, or is gone."""
    return [
        Problem(name.partition(":")[0], _sentence(name, is_there=name in there))
        for name, print_ in expected.items()
        if there.get(name) != print_
    ]


def _sentence(name: str, *, is_there: bool) -> str:
    _, _, key_id = name.partition(":")
    which = f"key {key_id} of it" if key_id else "it"
    state = "is not the one" if is_there else "is missing:"
    return f"was changed: {which} {state} this data was written with; put the old one back"


def _fingerprint(name: str, key: bytes) -> str:
    return hashlib.sha256(b"fingerprint of " + name.encode() + b":" + key).hexdigest()[:LENGTH]


def _write(file: Path, rows: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write("".join(f"{name} {print_}\n" for name, print_ in sorted(rows.items())))
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(file)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
