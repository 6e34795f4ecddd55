"""The name of a wording: equal words have equal versions, wherever and whenever they are written."""

from hashlib import sha256


def version_of(unrendered: str) -> str:
    """First 12 hex digits of the SHA-256 of a text before its values are filled in (a sentence a line)."""
    return sha256(unrendered.encode()).hexdigest()[:12]
