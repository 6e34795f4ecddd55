"""The send protocol as a small model: every interleaving of two workers, two crashes, lost replies, pauses and a STOP.

Pure and exhaustive. Change it together with outbox/ (claim, intent, delivery, outcome, lookup) and with the last look
at the age of the check, which the carrier's client takes when its connection stands. One text, one recipient. A mild
pause outlasts the lease but not the grace; a deep one outlasts both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import NamedTuple

WORKERS = 2
CRASHES = 2
CLAIMS = 4  # enough for every worker to try twice


class Pause(IntEnum):
    """How long a worker is frozen."""

    NONE = 0
    MILD = 1
    DEEP = 2


@dataclass(frozen=True, slots=True)
class Protocol:
    """`steps` in order; `when_unknown`: what follows when the look-up finds nothing, and when it may be made."""

    name: str
    steps: tuple[str, ...]
    look_up: str = "never"  # never | at_once | after_grace
    resends: int = 0
    retries_on_error: bool = False


class Worker(NamedTuple):
    """`at` counts the steps done since the claim; -1 = idle. `token` is the claim it believes in."""

    at: int = -1
    token: int = 0
    paused: Pause = Pause.NONE
    saw_stop: bool = False
    slept: bool = False  # between its check and the moment its connection stood
    reply: str = ""  # ok | lost
    is_dead: bool = False


class State(NamedTuple):
    """The row, the carrier's log (how many were accepted), the workers, and what is left of the adversary's budget."""

    row: str = "queued"  # queued | claimed | in_flight | unknown | sent | review | refused
    token: int = 0
    accepted: int = 0
    was_stopped: bool = False
    began_after_stop: bool = False
    posted_old_after_stop: bool = False
    resent: int = 0
    crashes: int = 0
    workers: tuple[Worker, ...] = (Worker(),) * WORKERS


IDLE = Worker()
ENDED = ("sent", "review", "refused")


@cache
def explore(protocol: Protocol, longest: Pause) -> frozenset[State]:
    """Every state that can be reached."""
    seen, waiting = {State()}, [State()]
    while waiting:
        for state in moves(protocol, waiting.pop(), longest):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return frozenset(seen)


def moves(protocol: Protocol, state: State, longest: Pause) -> Iterator[State]:
    """What can happen next."""
    for index, worker in enumerate(state.workers):
        if not worker.is_dead:
            yield from _worker_moves(protocol, state, index, worker, longest)
    if not state.was_stopped:
        yield state._replace(was_stopped=True)
    if state.row in ("claimed", "in_flight") and _is_holder_away(state, Pause.MILD):
        yield _lease_over(protocol, state)
    if state.row == "unknown":
        yield from _look_up(protocol, state)


def _worker_moves(
    protocol: Protocol, state: State, index: int, worker: Worker, longest: Pause
) -> Iterator[State]:
    if worker.at == -1:
        if state.row == "queued" and state.token < CLAIMS:
            claimed = state._replace(row="claimed", token=state.token + 1)
            yield _with(claimed, index, Worker(at=0, token=claimed.token))
        return
    if state.crashes < CRASHES:
        yield _with(state._replace(crashes=state.crashes + 1), index, worker._replace(is_dead=True))
    if worker.paused is Pause.NONE:
        for pause in range(1, longest + 1):
            yield _with(state, index, worker._replace(paused=Pause(pause)))
    step = STEPS[protocol.steps[worker.at]]
    yield from step(protocol, state, index, worker._replace(at=worker.at + 1))


def _with(state: State, index: int, worker: Worker) -> State:
    workers = list(state.workers)
    workers[index] = worker
    return state._replace(workers=tuple(sorted(workers)))  # which worker is which makes no difference


def _holds(state: State, worker: Worker) -> bool:
    return state.token == worker.token and state.row in ("claimed", "in_flight")


def _mark(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """Marked as sent before it is sent."""
    if not _holds(state, worker):
        yield _with(state, index, IDLE)
    elif state.was_stopped:
        yield _with(state._replace(row="refused"), index, IDLE)
    else:
        yield _with(state._replace(row="sent"), index, worker)


def _look(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """Reads consent in a transaction of its own: no fence."""
    yield _with(state, index, worker._replace(saw_stop=state.was_stopped))


def _intent_unfenced(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    yield from _begin(state, index, worker, refuse=worker.saw_stop)


def _intent(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """Check and intent in one transaction, under the lock that STOP takes too."""
    yield from _begin(state, index, worker, refuse=state.was_stopped)


def _begin(state: State, index: int, worker: Worker, *, refuse: bool) -> Iterator[State]:
    if not _holds(state, worker):
        yield _with(state, index, IDLE)
    elif refuse:
        yield _with(state._replace(row="refused"), index, IDLE)
    else:
        late = state.began_after_stop or state.was_stopped
        fresh = worker._replace(paused=Pause.NONE)  # what came before the check does not age it
        yield _with(state._replace(row="in_flight", began_after_stop=late), index, fresh)


def _check_age(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """An intent that was slept over is given up: certainly not sent."""
    if worker.paused is Pause.NONE:
        yield _with(state, index, worker)
    elif state.token == worker.token and state.row in ("in_flight", "unknown"):
        yield _with(state._replace(row="queued"), index, IDLE)
    else:
        yield _with(state, index, IDLE)


def _connect(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """May take long: whoever slept by now acts on an old check."""
    yield _with(state, index, worker._replace(slept=worker.paused is not Pause.NONE))


def _post(_protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    if state.was_stopped and worker.slept:
        state = state._replace(posted_old_after_stop=True)
    taken = state._replace(accepted=state.accepted + 1)
    yield _with(taken, index, worker._replace(reply="ok"))
    yield _with(taken, index, worker._replace(reply="lost"))
    yield _with(state, index, worker._replace(reply="lost"))


def _record(protocol: Protocol, state: State, index: int, worker: Worker) -> Iterator[State]:
    """Written under the token; only the news that it was accepted counts without it."""
    is_ours = _holds(state, worker)
    if worker.reply == "ok" and (is_ours or state.row in ("unknown", "review", "queued")):
        yield _with(state._replace(row="sent"), index, IDLE)
    elif worker.reply == "lost" and is_ours and protocol.look_up != "never":
        yield _with(state._replace(row="unknown"), index, IDLE)
    elif worker.reply == "lost" and is_ours and protocol.retries_on_error:
        yield _with(state._replace(row="queued"), index, IDLE)
    else:
        yield _with(state, index, IDLE)


def _end(_protocol: Protocol, state: State, index: int, _worker: Worker) -> Iterator[State]:
    yield _with(state, index, IDLE)


STEPS = {
    "mark": _mark,
    "look": _look,
    "intent_unfenced": _intent_unfenced,
    "intent": _intent,
    "check_age": _check_age,
    "connect": _connect,
    "post": _post,
    "record": _record,
    "end": _end,
}


def _holder(state: State) -> Worker | None:
    return next((one for one in state.workers if one.token == state.token and one.at >= 0), None)


def _is_holder_away(state: State, least: Pause) -> bool:
    """Whether whoever made the current claim is dead, done, or frozen for at least this long."""
    holder = _holder(state)
    return holder is None or holder.is_dead or holder.paused >= least


def _lease_over(protocol: Protocol, state: State) -> State:
    has_intent = state.row == "in_flight" and protocol.look_up != "never"
    return state._replace(row="unknown" if has_intent else "queued")


def _look_up(protocol: Protocol, state: State) -> Iterator[State]:
    """The carrier's list is the truth at this moment. After the grace nobody but a deep sleeper is still to post."""
    if protocol.look_up == "after_grace" and not _is_holder_away(state, Pause.DEEP):
        return
    if state.accepted:
        yield state._replace(row="sent")
    elif state.resent < protocol.resends:
        yield state._replace(row="queued", resent=state.resent + 1)
    else:
        yield state._replace(row="review")


def is_twice(states: frozenset[State]) -> bool:
    """Whether the carrier can have accepted the text more than once."""
    return any(state.accepted > 1 for state in states)


def is_lost(protocol: Protocol, states: frozenset[State], longest: Pause) -> bool:
    """Whether it can end, with nothing left to happen, unsent and before nobody's eyes."""
    return any(
        state.row not in ("review", "refused") and not state.accepted
        for state in states
        if state.was_stopped is False and _is_over(protocol, state, longest)
    )


def _is_over(protocol: Protocol, state: State, longest: Pause) -> bool:
    """Nothing more will happen but a STOP. A claim budget that ran out, or nobody left alive, is no end."""
    if state.row == "queued":
        return False
    return all(after.was_stopped for after in moves(protocol, state, longest))
