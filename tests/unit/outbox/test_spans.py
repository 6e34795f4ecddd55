"""The spans that are no settings, and those that are as they come: what each owes to the others."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.paging import PAGE_EVERY
from config.relations import EMERGENCY_RESENDS, SHOWN_WITHIN
from config.table import TABLE
from outbox.kinds import WITH_PICTURE
from outbox.lookup import GIVE_UP_AFTER, SLOW_LOOKS
from outbox.missed import OVERLAP
from outbox.outcome import MOST_RESENDS
from outbox.reconcile import STUCK_AFTER, STUCK_UNTIL
from outbox.restore import SLACK
from outbox.timing import Spans
from outbox.unsent import SHOWN_AFTER
from photos.links import LIFETIME_S
from scheduler.jobs import JOBS

SPANS = Spans()
DEFAULTS: dict[str, Any] = {row.field: row.default for row in TABLE}
EVERY: dict[str, timedelta] = {job.name: job.every or DEFAULTS["tick"] for job in JOBS}
LOOK_UPS, MISSED, STUCK = EVERY["look up unknown sends"], EVERY["missed texts"], EVERY["stuck texts"]

# what is shorter, what is longer
ORDER = {
    "the last look-up, late by the clock, is within five minutes": (
        SPANS.grace + 2 * SPANS.lookup_spacing + 3 * LOOK_UPS,
        SHOWN_WITHIN,
    ),
    "a second try is begun in time after two look-ups": (
        SPANS.grace + SPANS.lookup_spacing + 2 * LOOK_UPS + SPANS.lease + SPANS.tick,
        SHOWN_WITHIN,
    ),
    "texts put off are shown within five minutes": (SHOWN_AFTER + 2 * SPANS.tick, SHOWN_WITHIN),
    "a person was asked before look-ups grow rare": (SPANS.lookup_spacing, SLOW_LOOKS),
    "rare look-ups go on for a while": (10 * SLOW_LOOKS, GIVE_UP_AFTER),
    "the look-ups' window outlasts the look-ups": (
        SPANS.grace + 2 * SPANS.lookup_spacing,
        SPANS.lookup_back,
    ),
    "each reading of the carrier's list begins before the last one ended": (MISSED, OVERLAP),
    "a missed text lies within the overlap as long as its list may lag": (SPANS.grace, OVERLAP),
    "delivery is asked for often before it is given up": (10 * STUCK, STUCK_UNTIL - STUCK_AFTER),
    "the carrier may fetch a picture until it gives the text up": (
        WITH_PICTURE,
        timedelta(seconds=LIFETIME_S),
    ),
    "waits grow": (SPANS.retry_first, SPANS.retry_longest),
    "an alert is looked at many times before its next page": (10 * EVERY["page"], PAGE_EVERY),
}


@pytest.mark.parametrize(("shorter", "longer"), ORDER.values(), ids=ORDER)
def test_spans_keep_their_order(shorter: timedelta, longer: timedelta) -> None:
    assert shorter < longer


def test_after_a_restore_the_list_is_read_as_far_back_as_for_a_lost_answer() -> None:
    assert SPANS.lookup_back <= SLACK


def test_spans_are_the_settings_defaults() -> None:
    names = {"connect": "send_connect_timeout", "read": "send_timeout", "grace": "send_grace"}
    shared = ("intent_max_age", "lease", "tick", "lookup_spacing", "emergency_resend")
    fields = names | {name: name for name in shared}
    assert {span: getattr(SPANS, span) for span in fields} == {
        span: DEFAULTS[setting] for span, setting in fields.items()
    }


def test_settings_are_checked_with_as_many_repetitions_as_are_made() -> None:
    assert EMERGENCY_RESENDS == MOST_RESENDS


@pytest.mark.parametrize(("age", "may"), [(180, True), (238, True), (239, False), (240, False)])
def test_a_second_try_needs_time_for_a_worker_that_dies(age: int, may: bool) -> None:
    assert SPANS.may_try_again(timedelta(seconds=age)) == may
