"""Reads a request by the description: query, key and body. What cannot be used is a Problem that says what to write."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import request

from api.document import JSON, Schema, operation, validator
from api.problems import Problem, wrong_values
from api.wrong import sentence_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

LARGEST_BODY_BYTES = 64 * 1024
KEY = "Idempotency-Key"
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)  # 007 is no number of JSON either

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A POST as it came, checked: the caller's key, what makes it the same call again, and its values."""

    key: str
    fingerprint: str
    body: Values


def read_query() -> Values:
    """The query's values. Raises Problem for a name that is not known or comes twice, and for a wrong value."""
    known = operation(_name()).query
    errors, values = [], {}
    for name, given in request.args.lists():
        if name not in known or len(given) > 1:
            errors.append((f"query/{name}", _stray(name, known)))
            continue
        values[name] = _typed(given[0])
        errors += _errors(known[name], values[name], f"query/{name}")
    if errors:
        raise wrong_values(errors)
    return values


def read_call() -> Asked:
    """A POST. Raises Problem."""
    read_query()
    key = _read_key()
    raw = _read_bytes()
    values = _read_body(raw)
    parts = (request.method.encode(), request.path.encode(), raw)
    return Asked(key, hashlib.sha256(b"\0".join(parts)).hexdigest(), values)


def _name() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def _typed(text: str) -> object:
    """A query's text as the schema means it: whole numbers are numbers."""
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


def _stray(name: str, known: Mapping[str, Schema]) -> str:
    if name in known:
        return "Give it once."
    return f"It is not known here; known: {', '.join(known) or 'nothing'}."


def _read_key() -> str:
    wanted = operation(_name())
    key = request.headers.get(KEY)
    if key is None:
        raise Problem(400, "key", f"Send {KEY}: a name of your own for this call, such as a UUID.")
    if _errors(wanted.headers[KEY], key, KEY):
        raise Problem(400, "key", f"{KEY} has 8 to 200 letters, digits, or any of . _ : -")
    return key


def _read_bytes() -> bytes:
    request.max_content_length = LARGEST_BODY_BYTES
    return request.get_data(cache=False)


def _read_body(raw: bytes) -> Values:
    schema = operation(_name()).body
    if schema is None:
        return {}
    if request.mimetype != JSON:
        raise Problem(415, "not-json", f"Send the body as Content-Type: {JSON}.")
    value = _parse(raw)
    errors = _errors(schema, value, "body")
    if errors:
        raise wrong_values(errors)
    values: Values = value
    return values


def _parse(raw: bytes) -> Any:
    """JSON as RFC 7493 (I-JSON) has it: UTF-8, no name twice, no lone surrogates, no NaN."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise Problem(400, "not-json", "Send one JSON object, in UTF-8, each name in it once.") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _errors(schema: Schema, value: object, where: str) -> list[tuple[str, str]]:
    """(where, what to write instead) of everything that does not fit."""
    return [
        ("/".join([where, *map(str, error.absolute_path)]), sentence_of(error))
        for error in _validator(json.dumps(schema)).iter_errors(value)
    ]


@cache
def _validator(schema: str) -> "Draft202012Validator":
    return validator(json.loads(schema))
