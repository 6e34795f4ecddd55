"""Clinic time and machine time. Only edges read them; everything else is given `now`."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.installation import SimulatedClock, machine_now, simulated_ahead

__all__ = ["ClockMovesBackwards", "advance_to", "machine_now", "now"]


class ClockMovesBackwards(ValueError):
    """The simulated clock only moves forward."""


def now(session: Session) -> datetime:
    """Clinic time (aware UTC): what is due, send windows, days since treatment, what people see."""
    return machine_now(session) + simulated_ahead(session)


def advance_to(session: Session, moment: datetime) -> None:
    """Set the simulated clock to `moment`. Raises ClockMovesBackwards. Only the simulator may call this."""
    ahead = moment - machine_now(session)
    if ahead < simulated_ahead(session):
        raise ClockMovesBackwards("the simulated clock only moves forward")
    microseconds = int(ahead.total_seconds() * 1_000_000)
    session.merge(SimulatedClock(id=1, ahead_us=microseconds))
