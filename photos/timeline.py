"""Puts a client's photos at their treatment days and picks the pair to compare. Pure: values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

VIEWS = ("front", "left", "right")
DAYS_BEFORE = (
    60  # a photo sent at most this long before a visit, with none before it, shows that visit's start
)


@dataclass(frozen=True, slots=True)
class VisitDay:
    """One visit, as photos need it."""

    visit_id: int
    client_id: int
    local_day: date


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo: when it came, on which local day, and where staff placed it, if they did."""

    photo_id: int
    at: datetime
    local_day: date
    visit_id: int | None = None
    view: str = ""


@dataclass(frozen=True, slots=True)
class PlacedShot:
    """A photo at its visit. `day` is local days since that visit; the visit day is 0, before it is negative."""

    shot: Shot
    visit: VisitDay | None
    day: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """One visit's photos, oldest first; `visit` None = photos without a visit."""

    visit: VisitDay | None
    shots: tuple[PlacedShot, ...]


def place(shot: Shot, visits: Sequence[VisitDay]) -> PlacedShot:
    """Where staff placed it; else the latest visit up to its day; else the next one within 60 days."""
    visit = _chosen(shot, visits) or _latest_before(shot, visits) or _soon_after(shot, visits)
    return PlacedShot(shot, visit, None if visit is None else (shot.local_day - visit.local_day).days)


def group_by_visit(shots: Sequence[Shot], visits: Sequence[VisitDay]) -> tuple[Group, ...]:
    """The newest visit first, photos without a visit last; only visits that have photos."""
    placed = sorted((place(shot, visits) for shot in shots), key=lambda one: (one.shot.at, one.shot.photo_id))
    newest_first = sorted(visits, key=lambda visit: (visit.local_day, visit.visit_id), reverse=True)
    groups = [
        Group(visit, tuple(one for one in placed if one.visit == visit)) for visit in [*newest_first, None]
    ]
    return tuple(group for group in groups if group.shots)


def default_pair(groups: Sequence[Group]) -> tuple[PlacedShot, PlacedShot] | None:
    """Before (day 0 or earlier) and newest, of the visit of the newest photo; of the same view where there is one.

    Where nothing was sent up to day 0, the oldest photo stands in. None with fewer than two photos.
    """
    everything = [one for group in groups for one in group.shots]
    if len(everything) < 2:
        return None
    newest = max(everything, key=lambda one: (one.shot.at, one.shot.photo_id))
    others = [one for one in everything if one is not newest]
    of_visit = [one for one in others if newest.visit is not None and one.visit == newest.visit] or others
    before = [one for one in of_visit if one.day is not None and one.day <= 0]
    return _before_of(before, of_visit, newest.shot.view), newest


def _before_of(before: list[PlacedShot], of_visit: list[PlacedShot], view: str) -> PlacedShot:
    """The earliest photo of day 0, else the last one before it, else the oldest of all."""
    same = [one for one in before if view and one.shot.view == view] or before
    on_day = [one for one in same if one.day == 0]
    if on_day:
        return min(on_day, key=_moment)
    return max(same, key=_moment) if same else min(of_visit, key=_moment)


def _moment(one: PlacedShot) -> tuple[datetime, int]:
    return one.shot.at, one.shot.photo_id


def _chosen(shot: Shot, visits: Sequence[VisitDay]) -> VisitDay | None:
    return next((visit for visit in visits if visit.visit_id == shot.visit_id), None)


def _latest_before(shot: Shot, visits: Sequence[VisitDay]) -> VisitDay | None:
    past = [visit for visit in visits if visit.local_day <= shot.local_day]
    return max(past, key=lambda visit: (visit.local_day, visit.visit_id), default=None)


def _soon_after(shot: Shot, visits: Sequence[VisitDay]) -> VisitDay | None:
    soon = [visit for visit in visits if 0 < (visit.local_day - shot.local_day).days <= DAYS_BEFORE]
    return min(soon, key=lambda visit: (visit.local_day, visit.visit_id), default=None)
