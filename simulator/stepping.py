"""Moves clinic time by steps: to the next due moment, work until quiet, again. Never jumps over a planned text."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import clock
from deployment import Deployment
from models.next_moment import is_any_text_on_its_way, next_planned_moment
from scheduler.job_clock import run_job
from scheduler.jobs import Job, make_sender, tell_simulated_reports, tick

LONGEST = timedelta(days=400)  # one click; further is a second click
MOST_STEPS = 2000
OTHERS_HAVE_S = 5.0  # the senders of `run` work beside us; wait for what they hold
ROUNDS = 20

_TICK = Job("tick", None, tick)
_REPORTS = Job("simulated reports", None, tell_simulated_reports)


class CannotStep(ValueError):
    """The clock cannot be moved there. The message says what can."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a move came to: how many moments it stopped at on the way, and clinic time now."""

    stops: int
    now: datetime


def step_to(here: Deployment, target: datetime) -> Walk:
    """Live through everything until `target` (clinic time). Raises CannotStep."""
    _check(here, target)
    settle(here)
    for stops in range(MOST_STEPS):
        moment = _next_moment(here, until=target)
        _set_clock(here, moment or target)
        settle(here)
        if moment is None:
            return Walk(stops, target)
    return Walk(MOST_STEPS, _now(here))


def step_to_next(here: Deployment) -> Walk | None:
    """Live to the next planned moment only. None where nothing is planned within 400 days."""
    settle(here)
    moment = _next_moment(here, until=_now(here) + LONGEST)
    if moment is None:
        return None
    _set_clock(here, moment)
    settle(here)
    return Walk(1, moment)


def settle(here: Deployment) -> None:
    """Work until nothing is due at this moment of clinic time."""
    sender = make_sender(here)
    for _ in range(ROUNDS):
        run_job(_TICK, here)
        sent = sender.run_until_quiet()
        run_job(_REPORTS, here)
        _wait_for_others(here)
        if not sent:
            return


def _wait_for_others(here: Deployment) -> None:
    ends_at = time.monotonic() + OTHERS_HAVE_S
    while time.monotonic() < ends_at:
        with here.database.read() as session:
            if not is_any_text_on_its_way(session):
                return
        time.sleep(0.02)


def _check(here: Deployment, target: datetime) -> None:
    now = _now(here)
    if target <= now:
        raise CannotStep("The clock only moves forward. Pick a later time.")
    if target - now > LONGEST:
        raise CannotStep("That is more than 400 days ahead. Move there in smaller steps.")


def _next_moment(here: Deployment, *, until: datetime) -> datetime | None:
    with here.database.read() as session:
        return next_planned_moment(session, after=clock.now(session), until=until)


def _set_clock(here: Deployment, moment: datetime) -> None:
    """Forward only; real time that passed meanwhile may already be later than `moment`."""
    with here.database.write() as session:
        if moment > clock.now(session):
            clock.advance_to(session, moment)


def _now(here: Deployment) -> datetime:
    with here.database.read() as session:
        return clock.now(session)
