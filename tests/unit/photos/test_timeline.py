"""Photos find their treatment day, and before is compared with newest."""

from datetime import UTC, date, datetime

import pytest

from photos.timeline import Shot, VisitDay, default_pair, group_by_visit, place

MARCH = VisitDay(1, 7, date(2026, 3, 3))
JUNE = VisitDay(2, 7, date(2026, 6, 10))
VISITS = (MARCH, JUNE)


def shot(photo_id: int, day: str, *, visit_id: int | None = None, view: str = "") -> Shot:
    local = date.fromisoformat(day)
    return Shot(
        photo_id,
        datetime(local.year, local.month, local.day, 18, photo_id, tzinfo=UTC),
        local,
        visit_id,
        view,
    )


FRONT = shot(2, "2026-06-10", view="front")


@pytest.mark.parametrize(
    ("taken", "chosen", "visit", "day"),
    [
        ("2026-03-03", None, MARCH, 0),
        ("2026-03-17", None, MARCH, 14),
        ("2026-06-09", None, MARCH, 98),
        ("2026-06-10", None, JUNE, 0),
        ("2026-06-09", 2, JUNE, -1),
        ("2026-03-01", None, MARCH, -2),
        ("2025-12-01", None, None, None),
        ("2026-06-20", 1, MARCH, 109),
        ("2026-06-20", 99, JUNE, 10),
    ],
)
def test_a_photo_is_placed_by_staff_else_by_its_day(
    taken: str, chosen: int | None, visit: VisitDay | None, day: int | None
) -> None:
    placed = place(shot(1, taken, visit_id=chosen), VISITS)

    assert (placed.visit, placed.day) == (visit, day)


def test_the_newest_visit_comes_first_and_its_photos_in_order() -> None:
    shots = [shot(3, "2026-06-24"), shot(1, "2026-03-04"), shot(2, "2026-06-11"), shot(4, "2020-01-01")]

    groups = group_by_visit(shots, VISITS)

    assert [(group.visit, [one.shot.photo_id for one in group.shots]) for group in groups] == [
        (JUNE, [2, 3]),
        (MARCH, [1]),
        (None, [4]),
    ]


@pytest.mark.parametrize(
    ("shots", "pair"),
    [
        ([], None),
        ([shot(1, "2026-06-10")], None),
        ([shot(1, "2026-06-10"), shot(2, "2026-06-24")], (1, 2)),
        ([shot(1, "2026-06-08", visit_id=2), shot(2, "2026-06-09", visit_id=2), shot(3, "2026-06-24")], (2, 3)),
        ([shot(1, "2026-06-09", visit_id=2), shot(2, "2026-06-10"), shot(3, "2026-06-24")], (2, 3)),
        ([shot(1, "2026-03-03"), shot(2, "2026-06-10"), shot(3, "2026-06-24")], (2, 3)),
        ([shot(1, "2026-06-12"), shot(2, "2026-06-18"), shot(3, "2026-06-24")], (1, 3)),
        ([shot(1, "2026-03-10"), shot(3, "2026-06-24")], (1, 3)),
        ([shot(1, "2026-06-10", view="left"), FRONT, shot(3, "2026-06-24", view="front")], (2, 3)),
    ],
    ids=["none", "one", "day 0", "last before", "day 0 wins", "own visit", "no before", "other visit", "same view"],
)  # fmt: skip
def test_before_is_compared_with_newest(shots: list[Shot], pair: tuple[int, int] | None) -> None:
    found = default_pair(group_by_visit(shots, VISITS))

    assert (found and (found[0].shot.photo_id, found[1].shot.photo_id)) == pair
