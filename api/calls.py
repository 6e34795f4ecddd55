"""What a route works with: one transaction, the token's clinic, and for a POST the caller's key.

A POST is carried out once per token and key: the key's row, the act and the answer stand or fall together.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy.orm import Session

import clock
from access.tokens import actor_of
from api.document import JSON
from api.guard import caller
from api.incoming import Asked, read_call
from api.problems import Problem
from deployment import Deployment
from desk.listed_rows import Row
from models.api_answer import ApiAnswer, take_key
from models.api_token import ApiToken
from models.client import Client
from models.client_list import find_client_of_clinic
from models.clinic import Clinic, find_clinic
from models.installation import machine_now
from web.edge import deployment, found

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Call:
    """One call in its transaction. `body`: what was sent, checked by the description."""

    session: Session
    here: Deployment
    token: ApiToken
    clinic: Clinic
    now: datetime
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """For the audit."""
        return actor_of(self.token)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's."""
        return ZoneInfo(self.clinic.timezone)

    def client(self, client_id: int) -> Client:
        """The clinic's client of this id; 404 where there is none."""
        return found(find_client_of_clinic(self.session, client_id, clinic_id=self.clinic.id))


Act = Callable[[Call], Row]


@contextmanager
def reading() -> Iterator[Call]:
    """A call that changes nothing."""
    here = deployment()
    with here.database.read() as session:
        yield _open(session, here, caller())


@contextmanager
def noting() -> Iterator[Call]:
    """A call that reads what is private, and is written into the audit for it."""
    here = deployment()
    with here.database.write() as session:
        yield _open(session, here, caller())


def once(act: Act, *, status: int = 200) -> Response:
    """Carry out a POST, or answer as before where it was carried out. Raises Problem, and what `act` raises."""
    here, token, asked = deployment(), caller(), read_call()
    response = here.database.settle(lambda session: _carry_out(session, here, token, asked, act, status))
    here.wake.set()
    return response


def answer(row: Row, status: int = 200) -> Response:
    """A row as JSON."""
    return Response(_text(row), status=status, content_type=JSON)


def _open(session: Session, here: Deployment, token: ApiToken, body: Mapping[str, Any] | None = None) -> Call:
    return Call(session, here, token, find_clinic(session, token.clinic_id), clock.now(session), body or {})


def _carry_out(
    session: Session, here: Deployment, token: ApiToken, asked: Asked, act: Act, status: int
) -> Response:
    kept, is_new = take_key(
        session, token_id=token.id, key=asked.key, fingerprint=asked.fingerprint, at=machine_now(session)
    )
    if not is_new:
        return _replay(kept, asked)
    row = act(_open(session, here, token, asked.body))
    kept.status, kept.body = status, _text(row)
    return answer(row, status)


def _replay(kept: ApiAnswer, asked: Asked) -> Response:
    if kept.fingerprint != asked.fingerprint:
        raise Problem(
            422, "key-used", "This Idempotency-Key named another call before. Make a new one for this call."
        )
    if kept.body is None:
        raise Problem(
            409, "answer-gone", "This call was carried out; its answer was removed when a client was erased."
        )
    return Response(kept.body, status=kept.status, content_type=JSON, headers={REPLAYED: "true"})


def _text(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)
