"""Answers to a page that polls: the fragment, or 204 where the page shows it already."""

import hashlib
import re

from flask import Response, make_response, request

FORM_TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')  # differs each second, means the same


def fragment_or_unchanged(html: str) -> Response:
    """The fragment with its mark, or 204 where `have` says that the page has exactly this one."""
    mark = fragment_mark(html)
    if request.args.get("have") == mark:
        return make_response("", 204)
    response = make_response(html)
    response.headers["X-Fragment-Mark"] = mark
    return response


def fragment_mark(html: str) -> str:
    """A short digest of a fragment."""
    return hashlib.sha256(FORM_TOKEN.sub("", html).encode()).hexdigest()[:16]
