"""The table of carrier error codes: classes, spacing and plain words."""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.error_codes import (
    ErrorAction,
    ErrorKind,
    ErrorTableBroken,
    explain,
    next_try_at,
    read_rules,
)

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "kind", "action"),
    [
        (21610, ErrorKind.PERMANENT, ErrorAction.RECORD_OPT_OUT),
        (21211, ErrorKind.PERMANENT, ErrorAction.FIX_NUMBER),
        (20003, ErrorKind.CREDENTIALS, ErrorAction.STOP_SENDING),
        (20429, ErrorKind.TRANSIENT, ErrorAction.TRY_AGAIN),
        (30006, ErrorKind.PERMANENT, ErrorAction.CALL_INSTEAD),
        (30007, ErrorKind.PERMANENT, ErrorAction.ALERT_ADMIN),
        (30023, ErrorKind.DAILY_CAP, ErrorAction.WAIT_FOR_RESET),
        (30034, ErrorKind.CONFIG, ErrorAction.STOP_SENDING),
        (99999, ErrorKind.PERMANENT, ErrorAction.TELL_STAFF),
        (None, ErrorKind.PERMANENT, ErrorAction.TELL_STAFF),
    ],
)
def test_code_has_its_class_and_action(code: int | None, kind: ErrorKind, action: ErrorAction) -> None:
    rule = explain(code)

    assert (rule.kind, rule.action) == (kind, action)


def test_only_stop_at_the_carrier_counts_as_opt_out() -> None:
    assert explain(21610).opt_out
    assert not explain(30004).opt_out


@pytest.mark.parametrize("code", [20003, 30002, 30032, 30034])
def test_account_trouble_stops_all_sending(code: int) -> None:
    assert explain(code).stops_all


def test_unreachable_phone_is_tried_twice_half_an_hour_apart() -> None:
    rule = explain(30003)

    assert next_try_at(rule, tries_after_error=0, now=NOW) == NOW + timedelta(minutes=30)
    assert next_try_at(rule, tries_after_error=1, now=NOW) == NOW + timedelta(minutes=30)
    assert next_try_at(rule, tries_after_error=2, now=NOW) is None


def test_permanent_code_is_never_tried_again() -> None:
    assert next_try_at(explain(30005), tries_after_error=0, now=NOW) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (30023, datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),  # midnight PDT, later than midnight UTC
        (63038, NOW + timedelta(hours=24)),
    ],
)
def test_daily_cap_waits_for_its_reset(code: int, expected: datetime) -> None:
    assert next_try_at(explain(code), tries_after_error=0, now=NOW) == expected


UNKNOWN = '[unknown]\nkind = "permanent"\naction = "tell_staff"\nplain = "x"\n'
GOOD = '[[code]]\ncode = 1\nkind = "permanent"\naction = "tell_staff"\nplain = "x"\n'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        UNKNOWN + GOOD + GOOD,
        UNKNOWN + GOOD.replace("permanent", "odd"),
        UNKNOWN + GOOD.replace('plain = "x"', ""),
        UNKNOWN + GOOD + "retries = 2\n",
        UNKNOWN + GOOD.replace("permanent", "transient") + "retries = 2\n",
        UNKNOWN + GOOD.replace("permanent", "daily_cap") + "retries = 2\n",
        UNKNOWN + GOOD + "retry = 2\n",
    ],
    ids=["no_unknown", "twice", "kind", "no_words", "retries", "no_spacing", "no_reset", "field"],
)
def test_broken_table_is_refused(text: str) -> None:
    with pytest.raises(ErrorTableBroken):
        read_rules(text)
