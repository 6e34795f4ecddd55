"""The JSON API in tests: two clinics with something of everything in each, and tokens of every scope. No asserts."""

import copy
import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

from openapi_core import Config, OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.templating.paths.exceptions import PathError
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, TestResponse

from access.tokens import NewToken, Scope, make_token
from api.blueprint import PREFIX
from api.document import document
from api.pace import PER_MINUTE
from api.problems import MEDIA_TYPE
from config import Settings
from models.audit import Audit
from models.client import clients_of
from models.conversation import Conversation
from models.installation import machine_now
from models.planning import treatments_of
from tests.support.dashboard import Office, open_office
from tests.support.factories import make_alert, make_reminder, make_visit

TOKENS = {
    "read": NewToken("Reporting", Scope.READ),
    "write": NewToken("Practice system", Scope.WRITE),
    "texts": NewToken("Archive", Scope.READ, reads_texts=True),
    "all": NewToken("Everything", Scope.WRITE, reads_texts=True),
}
OTHER = "other clinic"


@dataclass
class Place:
    """Ids of what one clinic has on file."""

    client_id: int = 0
    treatment_id: int = 0
    reminder_id: int = 0
    alert_id: int = 0


@dataclass
class Api:
    """The office's app, called as another system would."""

    office: Office
    secrets: dict[str, str] = field(default_factory=dict)
    token_ids: dict[str, int] = field(default_factory=dict)
    ours: Place = field(default_factory=Place)
    theirs: Place = field(default_factory=Place)
    keys: "count[int]" = field(default_factory=lambda: count(1))

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = "all",
        key: str | None = "",
        headers: dict[str, str] | None = None,
        **sent: Any,
    ) -> TestResponse:
        """One call. `token` names one of TOKENS, or OTHER; `key` "" = a new one, None = none."""
        given = dict(headers or {})
        if token is not None:
            given.setdefault("Authorization", f"Bearer {self.secrets[token]}")
        if key is not None and method == "POST":
            given.setdefault("Idempotency-Key", key or f"key-{next(self.keys):08}")
        response = self.office.app.test_client().open(PREFIX + path, method=method, headers=given, **sent)
        check_response(response)
        return response

    def get(self, path: str, *, token: str | None = "all", status: int = 200) -> Any:
        """What a GET answers. Raises AssertionError for another status."""
        return _checked(self.ask("GET", path, token=token), status)

    def post(
        self, path: str, body: object = None, *, token: str = "all", key: str = "", status: int = 200
    ) -> Any:
        """What a POST answers. Raises AssertionError for another status."""
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return _checked(self.ask("POST", path, token=token, key=key, **sent), status)

    def hours_ago(self, hours: float) -> str:
        """A moment as another system writes it."""
        return (self.office.now - timedelta(hours=hours)).isoformat(timespec="seconds")

    def acts(self, action: str) -> list[Audit]:
        """The audit's rows of this kind of act, oldest first."""
        with self.office.database.read() as session:
            return session.query(Audit).filter_by(action=action).order_by(Audit.id).all()


def open_api(settings: Settings) -> Api:
    """Two clinics with a client, a visit, planned texts and an open alert each."""
    api = Api(open_office(settings))
    office = api.office
    office.app.config[PER_MINUTE] = 1_000_000
    with office.database.write() as session:
        api.ours = _fill(session, office, office.thread_id)
        api.theirs = _fill(session, office, office.other_thread_id)
        for name, new in {**TOKENS, OTHER: TOKENS["all"]}.items():
            clinic_id = office.other_clinic_id if name == OTHER else office.clinic_id
            token, api.secrets[name] = make_token(
                session, clinic_id, new, by="cli", machine=machine_now(session), now=office.now
            )
            api.token_ids[name] = token.id
    return api


@cache
def _described() -> OpenAPI:
    reads = Config(extra_media_type_deserializers={MEDIA_TYPE: json.loads})
    return OpenAPI.from_dict(copy.deepcopy(document()), config=reads)


def check_response(response: TestResponse) -> None:
    """Raises OpenAPIError where an operation of the description answered as it does not say."""
    asked = EnvironBuilder(path=response.request.path, method=response.request.method).get_request()
    try:
        _described().validate_response(WerkzeugOpenAPIRequest(asked), WerkzeugOpenAPIResponse(response))
    except PathError:
        return  # no operation: 404 and 405


def _fill(session: Session, office: Office, thread_id: int) -> Place:
    thread = session.get_one(Conversation, thread_id)
    client = clients_of(session, thread_id)[0]
    visit = make_visit(session, client, at=office.now - timedelta(hours=3))
    step = make_reminder(session, visit, step="check_in", due_at=office.now + timedelta(days=14))
    alert = make_alert(session, thread, opened_at=office.now)
    return Place(client.id, treatments_of(session, visit.id)[0].id, step.id, alert.id)


def _checked(response: TestResponse, status: int) -> Any:
    if response.status_code != status:
        raise AssertionError(
            f"{response.status_code} instead of {status}: {response.get_data(as_text=True)[:2000]}"
        )
    return response.get_json()
