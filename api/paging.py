"""Lists a page at a time. The cursor is the keys of the last row; it names nothing that is another clinic's."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypedDict, TypeVar

from flask import Response

from api.blueprint import LARGEST_ID
from api.calls import Call, answer
from api.incoming import Values
from desk.listed_rows import Row
from models.pages import EPOCH, Place

DEFAULT_LIMIT = 50
MICROSECOND = timedelta(microseconds=1)

Found = TypeVar("Found")


class Stretch(TypedDict):
    """Which rows of a list to read."""

    clinic_id: int
    after: Place | None
    limit: int


def stretch(call: Call, query: Values) -> Stretch:
    """The rows of a page, and one more: `page` says by it whether there is a next."""
    return {"clinic_id": call.clinic.id, "after": _place_of(query), "limit": limit_of(query) + 1}


def limit_of(query: Values) -> int:
    """How many rows were asked for."""
    return int(query.get("limit", DEFAULT_LIMIT))


def _place_of(query: Values) -> Place | None:
    """Behind which row to go on; None = from the start."""
    if "cursor" not in query:
        return None
    rank, ticks, row_id = map(int, query["cursor"].split("."))
    return Place(min(row_id, LARGEST_ID), EPOCH + ticks * MICROSECOND, rank)


def page(
    rows: Sequence[Found], query: Values, *, place: Callable[[Found], Place], row: Callable[[Found], Row]
) -> Response:
    """The answer, of the rows of `stretch`."""
    shown = rows[: limit_of(query)]
    has_more = len(rows) > len(shown)
    cursor = _cursor(place(shown[-1])) if has_more else None
    return answer({"items": [row(one) for one in shown], "next_cursor": cursor})


def _cursor(place: Place) -> str:
    return f"{place.rank}.{(place.at - EPOCH) // MICROSECOND}.{place.id}"
