"""Cuts the Messages paths out of Twilio's own OpenAPI file, as twilio_messages.json beside this file.

Run again for a newer version:

    npm pack @twilio/cli-core
    python -m tests.support.twilio.extract twilio-cli-core-*.tgz
"""

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

OPENAPI_FILE = "package/src/services/twilio-api/twilio_api_v2010.json"
TARGET = Path(__file__).with_name("twilio_messages.json")
_MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages"
PATHS = {
    f"{_MESSAGES}.json": ("get", "post"),
    f"{_MESSAGES}/{{Sid}}.json": ("get",),
    f"{_MESSAGES}/{{MessageSid}}/Media.json": ("get",),
    f"{_MESSAGES}/{{MessageSid}}/Media/{{Sid}}.json": ("get", "delete"),
}
# Words for readers and for Twilio's own tools, which validate nothing.
_LEFT_OUT = {"description", "x-twilio", "example", "examples", "headers", "tags", "summary"}


def extract(package: Path) -> dict[str, Any]:
    """The part of the OpenAPI file that we use, with a note of where it comes from."""
    with tarfile.open(package) as archive:
        whole = json.loads(_member(archive, OPENAPI_FILE))
        about = json.loads(_member(archive, "package/package.json"))
    paths = {
        path: {"servers": whole["paths"][path]["servers"]}
        | {verb: whole["paths"][path][verb] for verb in verbs}
        for path, verbs in PATHS.items()
    }
    schemas = _used_schemas(paths, whole["components"]["schemas"])
    part = {
        "openapi": whole["openapi"],
        "info": {name: whole["info"][name] for name in ("title", "version", "license")},
        "security": whole["security"],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": whole["components"]["securitySchemes"]},
    }
    return {"x-origin": _origin(about), **_without_words(part)}


def _origin(about: dict[str, Any]) -> dict[str, str]:
    return {
        "package": f"npm {about['name']}",
        "version": about["version"],
        "file": OPENAPI_FILE.removeprefix("package/"),
        "licence": f"package: {about['license']}; the API description in it: Apache 2.0",
        "changes": "only the paths under Messages and the schemas they use; words for readers left out",
        "made_by": "tests/support/twilio/extract.py",
    }


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise SystemExit(f"{name} is not in this package")
    return member.read()


def _used_schemas(part: Any, all_schemas: dict[str, Any]) -> dict[str, Any]:
    used: dict[str, Any] = {}
    waiting = [part]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in used:
                used[name] = all_schemas[name]
                waiting.append(all_schemas[name])
    return dict(sorted(used.items()))


def _references(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for item in part for name in _references(item)}
    if not isinstance(part, dict):
        return set()
    here = {part["$ref"].rsplit("/", 1)[1]} if isinstance(part.get("$ref"), str) else set()
    return here | {name for item in part.values() for name in _references(item)}


def _without_words(part: Any, *, names: bool = False) -> Any:
    """Drop words; `names` = this mapping's keys are names of fields, not of OpenAPI's own."""
    if isinstance(part, list):
        return [_without_words(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_words(value, names=key == "properties")
        for key, value in part.items()
        if names or key not in _LEFT_OUT
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(extract(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")
