"""The description of the API, `openapi.json`: what is served is what requests are checked by. Opens one file, once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from clinic_time.written_moment import read_moment
from phone import parse_phone

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FILE = Path(__file__).with_name("openapi.json")
URI = "urn:aftercare:api"
METHODS = ("get", "post")
JSON = "application/json"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route takes. Parameters by their name; `body` None = none is read."""

    query: Mapping[str, Schema]
    headers: Mapping[str, Schema]
    required_headers: frozenset[str]
    body: Schema | None


@cache
def text() -> str:
    """The document as it is served."""
    return FILE.read_text(encoding="utf-8")


@cache
def document() -> dict[str, Any]:
    """The document as data. Never changed."""
    found: dict[str, Any] = json.loads(text())
    return found


@cache
def operation(name: str) -> Operation:
    """The operation of this operationId, which is its view's name. Raises StopIteration where there is none."""
    found = next(one for _, _, one in operations() if one["operationId"] == name)
    parameters = [_resolve(one) for one in found.get("parameters", [])]
    headers = [one for one in parameters if one["in"] == "header"]
    return Operation(
        query={one["name"]: one["schema"] for one in parameters if one["in"] == "query"},
        headers={one["name"]: one["schema"] for one in headers},
        required_headers=frozenset(one["name"] for one in headers if one.get("required")),
        body=found["requestBody"]["content"][JSON]["schema"] if "requestBody" in found else None,
    )


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of the whole document."""
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def validator(schema: Schema) -> "Draft202012Validator":
    """Checks a value by a schema of the document."""
    from jsonschema import Draft202012Validator, FormatChecker  # only where somebody calls
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    registry: Registry[Any] = Registry().with_resource(URI, DRAFT202012.create_resource(document()))
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(_is_moment)
    formats.checks("phone", raises=ValueError)(_is_phone)
    formats.checks("time-zone")(_is_zone)
    return Draft202012Validator(_absolute(schema), registry=registry, format_checker=formats)


def _resolve(part: dict[str, Any]) -> dict[str, Any]:
    """What a $ref of the document points to."""
    if "$ref" not in part:
        return part
    found: Any = document()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: dict[str, Any] = found
    return resolved


def _absolute(schema: Schema) -> Schema:
    """A $ref at the top, said so that it is found from outside of the document."""
    return {**schema, "$ref": URI + schema["$ref"]} if "$ref" in schema else schema


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(read_moment(value))


def _is_phone(value: object) -> bool:
    return not isinstance(value, str) or bool(parse_phone(value))


def _is_zone(value: object) -> bool:
    return not isinstance(value, str) or value in available_timezones()
