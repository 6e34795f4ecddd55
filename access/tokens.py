"""Tokens of other systems: made by a command, shown once, kept as a hash, ended by a command."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from access.sessions import hash_token
from models.api_token import ApiToken, find_token_by_hash
from models.audit import record_audit

PREFIX = "aftercare_"  # a token that got into a file or a log is recognised by its first letters
SEEN_EVERY = timedelta(minutes=1)  # a system that asks often does not write on every request


class Scope(StrEnum):
    """What a route needs of a token. TEXTS: what clients and the clinic wrote."""

    READ = "read"
    WRITE = "write"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class NewToken:
    """Which system it is for and what it may do; `scope` is read or write, and write includes read."""

    name: str
    scope: Scope
    reads_texts: bool = False


def make_token(
    session: Session, clinic_id: int, new: NewToken, *, by: str, machine: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """Enter a token; returns it with its secret, which is stored nowhere. `by` is for the audit."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        clinic_id=clinic_id,
        name=new.name,
        scope=new.scope.value,
        reads_texts=new.reads_texts,
        token_hash=hash_token(secret),
        created_at=machine,
    )
    session.add(token)
    session.flush()
    _audit(session, token, "token_added", by, now, note=" ".join(_grants(token)))
    return token, secret


def revoke_token(session: Session, token: ApiToken, *, by: str, machine: datetime, now: datetime) -> bool:
    """End a token at once. False where it was ended before."""
    if token.revoked_at is not None:
        return False
    token.revoked_at = machine
    _audit(session, token, "token_revoked", by, now)
    return True


def who_calls(session: Session, secret: str) -> ApiToken | None:
    """The token behind a secret, or None where there is none or it was revoked."""
    token = find_token_by_hash(session, hash_token(secret))
    return token if token is not None and token.revoked_at is None else None


def may(token: ApiToken, need: Scope) -> bool:
    """Whether this token's scope is enough."""
    return need.value in _grants(token)


def is_use_stale(token: ApiToken, machine: datetime) -> bool:
    """Whether its last use is to be written down anew."""
    return token.last_used_at is None or machine - token.last_used_at > SEEN_EVERY


def actor_of(token: ApiToken) -> str:
    """How the audit names a system."""
    return f"token:{token.id}"


def _grants(token: ApiToken) -> list[str]:
    """Everything this token may do."""
    scopes = [Scope.READ, Scope.WRITE] if token.scope == Scope.WRITE else [Scope.READ]
    return [scope.value for scope in [*scopes, *([Scope.TEXTS] if token.reads_texts else [])]]


def _audit(
    session: Session, token: ApiToken, action: str, by: str, now: datetime, *, note: str | None = None
) -> None:
    record_audit(
        session,
        clinic_id=token.clinic_id,
        at=now,
        actor=by,
        action=action,
        object_kind="token",
        object_id=token.id,
        note=note,
    )
