"""What may lie at the carrier keeps senders waiting until it has been fetched."""

from outbox.backlog import Backlog


def fetched() -> bool:
    return True


def test_nothing_is_suspected_at_first() -> None:
    backlog = Backlog()

    assert backlog.is_settled
    assert backlog.wait_until_settled(0)


def test_what_is_suspected_stops_sending_until_it_is_fetched() -> None:
    backlog = Backlog()
    backlog.suspect()
    assert not backlog.wait_until_settled(0)

    assert backlog.settle(fetched, 0)

    assert backlog.is_settled


def test_what_could_not_be_fetched_is_still_suspected() -> None:
    backlog = Backlog()
    backlog.suspect()

    assert not backlog.settle(lambda: False, 0)

    assert not backlog.is_settled


def test_what_is_suspected_while_it_is_fetched_is_fetched_anew() -> None:
    backlog = Backlog()
    backlog.suspect()

    def fetch() -> bool:
        backlog.suspect()
        return True

    assert not backlog.settle(fetch, 0)
    assert not backlog.is_settled
    assert backlog.settle(fetched, 0)


def test_without_a_suspicion_nothing_is_fetched() -> None:
    def fetch() -> bool:
        raise AssertionError("nobody asked for it")

    assert Backlog().settle(fetch, 0)
