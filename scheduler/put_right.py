"""After machine time was set back nothing waits for the wrong hour. Sends nothing."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from alerts.paging import PAGE_EVERY
from models.too_far_ahead import Longest, bring_near
from outbox.reconcile import LEASE_FOR
from outbox.timing import Spans

log = structlog.get_logger(__name__)


def put_right(session: Session, *, machine: datetime, spans: Spans, pace: timedelta) -> int:
    """Bring near what lies too far ahead of `machine`. Returns how many moments moved."""
    from photos.collect import CLAIM, RETRY_AFTER  # brings image libraries in; the command line does without

    longest = Longest(
        claim=spans.lease,
        lease=max(spans.lease, LEASE_FOR),
        look_up=spans.grace,
        page=PAGE_EVERY,
        photo=max(CLAIM, *RETRY_AFTER),
        retry=spans.retry_longest,
        pace=pace,
    )
    moved = bring_near(session, machine, longest)
    if moved:
        log.warning("machine time was set back; what lay too far ahead was brought near", moments=moved)
    return moved
