"""What each send protocol can and cannot promise, over every interleaving; ours is `intent, look-up after grace`."""

import pytest

from tests.faults.send_model import Pause, Protocol, explore, is_lost, is_twice

MARK_FIRST = Protocol("mark, then send", ("mark", "post", "end"))
MARK_LAST = Protocol("send, then mark", ("post", "record"))
ERROR_RETRY = Protocol("retry on error", ("post", "record"), retries_on_error=True)
# The look at the age of the check that is taken before connecting as well only spares a connection.
INTENT = ("intent", "connect", "check_age", "post", "record")
AT_ONCE = Protocol("intent, look-up at once", INTENT, look_up="at_once", resends=1)
OURS = Protocol("intent, look-up after grace", INTENT, look_up="after_grace", resends=1)
HOLD = Protocol("intent, hold for staff", INTENT, look_up="after_grace", resends=0)
UNFENCED = Protocol(
    "ours without the fence",
    ("look", "intent_unfenced", *INTENT[1:]),
    look_up="after_grace",
    resends=1,
)
UNLOOKED = Protocol(
    "ours, looking at the age of the check only before it connects",
    ("intent", "check_age", "connect", "post", "record"),
    look_up="after_grace",
    resends=1,
)

# protocol: (twice with crashes and lost replies, twice with pauses too, twice with deep pauses too, lost)
TABLE = {
    MARK_FIRST: (False, False, False, True),
    MARK_LAST: (True, True, True, False),
    ERROR_RETRY: (True, True, True, False),
    AT_ONCE: (False, True, True, False),
    OURS: (False, False, True, False),
    HOLD: (False, False, False, False),
}


@pytest.mark.parametrize(("protocol", "expected"), TABLE.items(), ids=[protocol.name for protocol in TABLE])
def test_what_a_protocol_promises(protocol: Protocol, expected: tuple[bool, ...]) -> None:
    reached = [explore(protocol, longest) for longest in Pause]
    twice = tuple(is_twice(states) for states in reached)
    lost = any(is_lost(protocol, states, longest) for states, longest in zip(reached, Pause, strict=True))
    assert (*twice, lost) == expected


@pytest.mark.parametrize("longest", Pause)
@pytest.mark.parametrize("protocol", [AT_ONCE, OURS, HOLD], ids=lambda protocol: protocol.name)
def test_with_the_fence_no_send_begins_after_stop(protocol: Protocol, longest: Pause) -> None:
    assert not any(state.began_after_stop for state in explore(protocol, longest))


def test_without_the_fence_one_can() -> None:
    assert any(state.began_after_stop for state in explore(UNFENCED, Pause.NONE))


@pytest.mark.parametrize("longest", Pause)
@pytest.mark.parametrize("protocol", [AT_ONCE, OURS, HOLD], ids=lambda protocol: protocol.name)
def test_after_stop_nobody_posts_who_slept_between_the_check_and_the_connection(
    protocol: Protocol, longest: Pause
) -> None:
    """RULES 7: an old check is given up before the first byte, so only what is on its way may still arrive."""
    assert not any(state.posted_old_after_stop for state in explore(protocol, longest))


def test_without_a_look_once_the_connection_stands_one_does() -> None:
    states = explore(UNLOOKED, Pause.MILD)

    assert any(state.posted_old_after_stop for state in states)
    assert not any(state.began_after_stop for state in states)


def test_the_model_is_not_empty() -> None:
    assert len(explore(OURS, Pause.DEEP)) > 1000
