"""The few ways a planned step's row is changed. Touches one row, decides nothing."""

from datetime import datetime

from models.reminder import Reminder

LONGEST_REASON = 300  # characters, as in the table


def set_moments(
    row: Reminder,
    *,
    earliest: datetime,
    target: datetime,
    latest: datetime,
    due: datetime,
    now: datetime,
) -> None:
    """Write the planned moments; `planned_at` says when they last changed."""
    after = earliest, target, latest, due
    if (row.earliest_at, row.target_at, row.latest_at, row.due_at) != after:
        row.earliest_at, row.target_at, row.latest_at, row.due_at = after
        row.planned_at = now


def close(row: Reminder, status: str, reason: str, now: datetime) -> None:
    """Give a row its end status and the plain-word reason; a repeat changes nothing."""
    reason = reason[:LONGEST_REASON]
    if (row.status, row.reason) != (status, reason):
        row.status, row.reason, row.closed_at, row.held_by = status, reason, now, None


def is_final(row: Reminder) -> bool:
    """Whether the step has its text already, or a person cancelled it: planning leaves it alone."""
    return row.message_id is not None or row.status in ("enqueued", "sent", "cancelled")
