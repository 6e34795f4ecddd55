"""Roles and what each may do. Pure: one table, read by every page, command and test."""

from enum import StrEnum


class Role(StrEnum):
    """A staff member's role."""

    OWNER = "owner"
    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"


class Permission(StrEnum):
    """One thing a page may need."""

    READ = "read"  # threads and photos
    REPLY = "reply"  # reply, enrol, close alerts
    EDIT_WORDS = "edit_words"
    APPROVE_WORDS = "approve_words"
    EXPORT = "export"
    SETTINGS = "settings"  # settings and staff
    ERASE = "erase"
    AUDIT = "audit"


_desk = frozenset({Permission.READ, Permission.REPLY})
_clinical = _desk | {Permission.EDIT_WORDS, Permission.APPROVE_WORDS, Permission.EXPORT}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.FRONT_DESK: _desk,
    Role.CLINICIAN: _clinical,
    Role.OWNER: frozenset(Permission),
}
NEEDS_SECOND_FACTOR = frozenset({Role.OWNER, Role.CLINICIAN})


def is_allowed(role: str, permission: Permission) -> bool:
    """Whether this role may. An unknown role may nothing."""
    return role in set(Role) and permission in ALLOWED[Role(role)]


def needs_second_factor(role: str, *, real_carrier: bool) -> bool:
    """Owners and clinicians need TOTP once real clients are texted; in simulation it is offered."""
    return real_carrier and role in NEEDS_SECOND_FACTOR
