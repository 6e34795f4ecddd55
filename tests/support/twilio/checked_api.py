"""Twilio's own OpenAPI file as a judge: every request and answer must fit it. Offline, inside `responses`.

The overlay adds what the file leaves out: how MediaUrl repeats, E.164, the limits of a text, error answers.
"""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests as http
import responses
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

_FILE = Path(__file__).with_name("twilio_messages.json")
_MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_E164 = r"^\+[1-9][0-9]{6,14}$"
# Twilio's documentation of the Message resource, read November 2026. StatusCallback: no underscore in the host.
_LIMITS: dict[str, dict[str, Any]] = {
    "To": {"pattern": _E164},
    "From": {"pattern": _E164},
    "Body": {"minLength": 1, "maxLength": 1600},
    "MediaUrl": {"minItems": 1, "maxItems": 10},
    "ValidityPeriod": {"minimum": 1, "maximum": 36000},
    "StatusCallback": {"maxLength": 4000, "pattern": r"^https?://[^/_?]+(/|$)"},
}
_CONDITIONS = [
    {"anyOf": [{"required": ["From"]}, {"required": ["MessagingServiceSid"]}]},
    {"anyOf": [{"required": ["Body"]}, {"required": ["MediaUrl"]}]},
]
_ERROR = {
    "type": "object",
    "required": ["code", "message", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string"},
        "status": {"type": "integer"},
    },
}


def with_overlay(origin: Mapping[str, Any]) -> dict[str, Any]:
    """Twilio's file with what it leaves unsaid."""
    spec: dict[str, Any] = copy.deepcopy(dict(origin))
    form = spec["paths"][_MESSAGES]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    form["encoding"] = {"MediaUrl": {"style": "form", "explode": True}}
    form["schema"] |= {"allOf": _CONDITIONS}
    for name, limits in _LIMITS.items():
        form["schema"]["properties"][name] |= limits
    for name in (parameter for parameter in spec["paths"][_MESSAGES]["get"]["parameters"]):
        name["schema"] |= {"pattern": _E164} if name["name"] in ("To", "From") else {}
    errors = {
        status: {"description": "refused", "content": {"application/json": {"schema": _ERROR}}}
        for status in ("400", "401", "404", "429", "500")
    }
    for path in spec["paths"].values():
        for verb in path.keys() & {"get", "post", "delete"}:
            path[verb]["responses"] |= errors
            for answer in path[verb]["responses"].values():
                answer.setdefault("description", "")
    return spec


@cache
def twilio_api() -> OpenAPI:
    """The judge."""
    return OpenAPI.from_dict(with_overlay(json.loads(_FILE.read_text(encoding="utf-8"))))


def _check_names(request: http.PreparedRequest) -> None:
    """Refuse a field the file does not know: the judge itself drops those before it looks."""
    operations = json.loads(_FILE.read_text(encoding="utf-8"))["paths"][_MESSAGES]
    form = operations["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    known = set(form["properties"]) | {parameter["name"] for parameter in operations["get"]["parameters"]}
    sent = parse_qs(urlsplit(request.url or "").query) | parse_qs(str(request.body or ""))
    if unknown := set(sent) - known:
        raise ValueError(f"fields unknown to Twilio: {sorted(unknown)}")


@dataclass
class CheckedTwilio:
    """Answers in turn, each checked; `requests` are those that fitted Twilio's file, in order."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[http.PreparedRequest] = field(default_factory=list)
    refused: list[Exception] = field(default_factory=list)

    def start(self, mock: responses.RequestsMock) -> None:
        """Stand in for https://api.twilio.com."""
        for verb in (responses.GET, responses.POST, responses.DELETE):
            mock.add_callback(verb, re.compile(r"https://api\.twilio\.com/.*"), callback=self._answer)

    def _answer(self, request: http.PreparedRequest) -> tuple[int, dict[str, str], str]:
        try:
            twilio_api().validate_request(RequestsOpenAPIRequest(request))
            _check_names(request)
        except Exception as error:
            self.refused.append(error)
            return 400, {}, json.dumps({"code": 20001, "message": "unfit", "status": 400})
        self.requests.append(request)
        status, content = self.answers.pop(0)
        body = json.dumps(content)
        self._check_answer(request, status, body)
        return status, {"Content-Type": "application/json"}, body

    def _check_answer(self, request: http.PreparedRequest, status: int, body: str) -> None:
        answer = http.Response()
        answer.status_code = status
        answer.headers["Content-Type"] = "application/json"
        answer._content = body.encode()
        twilio_api().validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(answer))
