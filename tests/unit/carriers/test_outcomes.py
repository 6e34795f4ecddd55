"""The one function that classes an answer of the carrier."""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.base import Outcome
from carriers.outcomes import NoReply, Reply, class_outcome

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
SID = "SM" + "0123456789abcdef" * 2
ACCEPTED = f'{{"sid": "{SID}", "status": "queued", "error_code": null}}'


def reply(status: int, text: str = "", **headers: str) -> Reply:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, names, text, NOW)


def code(number: int) -> str:
    return f'{{"code": {number}, "message": "x", "status": 400}}'


@pytest.mark.parametrize(
    ("answer", "outcome", "error_code"),
    [
        (NoReply(begun=False), Outcome.REJECTED_RETRY, None),
        (NoReply(begun=True), Outcome.UNKNOWN, None),
        (reply(201, ACCEPTED), Outcome.ACCEPTED, None),
        (reply(200, ACCEPTED), Outcome.ACCEPTED, None),
        (reply(201, ACCEPTED.replace("SM", "MM")), Outcome.ACCEPTED, None),
        (reply(202, ACCEPTED), Outcome.UNKNOWN, None),
        (reply(201, ACCEPTED.replace("SM", "IM")), Outcome.UNKNOWN, None),
        (reply(201, ACCEPTED.replace("abcdef", "ABCDEF")), Outcome.UNKNOWN, None),
        (reply(201, ACCEPTED.replace(SID, SID + "0")), Outcome.UNKNOWN, None),
        (reply(201, '{"sid": null}'), Outcome.UNKNOWN, None),
        (reply(201, '{"sid": 7}'), Outcome.UNKNOWN, None),
        (reply(201, "[]"), Outcome.UNKNOWN, None),
        (reply(201, ""), Outcome.UNKNOWN, None),
        (reply(201, "[" * 100_000), Outcome.UNKNOWN, None),
        (reply(204), Outcome.UNKNOWN, None),
        (reply(301, ""), Outcome.UNKNOWN, None),
        (reply(429, code(20429)), Outcome.REJECTED_RETRY, 20429),
        (reply(429, "<html>"), Outcome.REJECTED_RETRY, None),
        (reply(401, code(20003)), Outcome.CREDENTIALS, 20003),
        (reply(401, "<html>"), Outcome.CREDENTIALS, None),
        (reply(403, code(20003)), Outcome.CREDENTIALS, 20003),
        (reply(400, code(21211)), Outcome.REJECTED_FINAL, 21211),
        (reply(400, code(21610)), Outcome.REJECTED_FINAL, 21610),
        (reply(400, '{"code": "21610"}'), Outcome.REJECTED_FINAL, 21610),
        (reply(400, code(21611)), Outcome.REJECTED_RETRY, 21611),
        (reply(400, code(63038)), Outcome.REJECTED_RETRY, 63038),
        (reply(400, code(30034)), Outcome.REJECTED_FINAL, 30034),
        (reply(400, code(99999)), Outcome.REJECTED_FINAL, 99999),
        (reply(404, "<html>"), Outcome.REJECTED_FINAL, None),
        (reply(400, '{"code": true}'), Outcome.REJECTED_FINAL, None),
        (reply(408, ""), Outcome.UNKNOWN, None),
        (reply(500, code(20500)), Outcome.UNKNOWN, 20500),
        (reply(503, code(20429)), Outcome.UNKNOWN, 20429),
        (reply(599, ""), Outcome.UNKNOWN, None),
    ],
)
def test_answer_is_classed(answer: Reply | NoReply, outcome: Outcome, error_code: int | None) -> None:
    result = class_outcome(answer)

    assert (result.outcome, result.error_code) == (outcome, error_code)


def test_only_an_accepted_text_has_a_sid() -> None:
    assert class_outcome(reply(201, ACCEPTED)).sid == SID
    assert class_outcome(reply(500, ACCEPTED)).sid is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("30", timedelta(seconds=30)),
        (" 0 ", timedelta()),
        ("Wed, 01 Jul 2026 15:02:00 GMT", timedelta(minutes=2)),
        ("Wed, 01 Jul 2026 14:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(hours=1)),
        ("-5", None),
        ("٣", None),
        ("", None),
        ("later", None),
    ],
)
def test_retry_after_is_read_and_bounded(header: str, expected: timedelta | None) -> None:
    assert class_outcome(reply(429, code(20429), retry_after=header)).retry_after == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Wed, 01 Jul 2026 15:00:05 GMT", timedelta(seconds=5)),
        ("Wed, 01 Jul 2026 14:55:00 -0000", timedelta(minutes=-5)),
        ("Wed, 01 Jul 2026 10:00:00 -0500", timedelta()),
        ("yesterday", None),
        ("", None),
    ],
)
def test_carrier_clock_offset_comes_from_its_date(date: str, expected: timedelta | None) -> None:
    assert class_outcome(reply(201, ACCEPTED, date=date)).carrier_clock_offset == expected
