"""Settings: what is accepted, what is refused and in which words."""

from datetime import timedelta
from pathlib import Path

import pytest

from config import Address, ConfigurationError, Settings, load_settings
from config.load import DOTENV
from config.relations import SHOWN_WITHIN
from config.table import TABLE
from outbox.timing import Spans
from scheduler.jobs import JOBS, look_up

KEY = "A" * 21 + "bcdefghijklmnopqrstuvw"
STRONG = "a-long-random-text-of-many-different-characters"
REAL = {
    "CARRIER": "twilio",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "f" * 32,
    "SECRET_KEY": STRONG,
    "CLINIC_NAME": "Example Clinic",
    "CLINIC_NUMBER": "+15735550100",
    "CLINIC_TIMEZONE": "America/Chicago",
    "PUBLIC_URL": "https://texts.example.com",
}


def problems_of(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ)
    return {problem.name: problem.sentence for problem in caught.value.problems}


def test_nothing_set_gives_the_simulated_demo_clinic() -> None:
    settings = load_settings({})

    assert (settings.carrier, settings.clinic_name) == ("simulated", "Demo Clinic")
    assert (settings.clinic_number, settings.clinic_phone) == ("+15735550100", "+15735550100")
    assert settings.database_url == "sqlite:///var/aftercare.db"
    assert settings.bind == Address(host="127.0.0.1", port=8000)
    assert (settings.send_timeout, settings.send_grace, settings.lease) == (
        timedelta(seconds=10),
        timedelta(seconds=120),
        timedelta(seconds=60),
    )
    assert settings.mass_send_limit is None


def test_the_database_follows_the_data_directory_unless_it_is_set() -> None:
    assert load_settings({"DATA_DIR": "/srv/texts"}).database_url == "sqlite:////srv/texts/aftercare.db"
    assert load_settings({"DATABASE_URL": "sqlite:///other.db"}).database_url == "sqlite:///other.db"


def test_every_row_of_the_table_fills_a_field_of_its_own() -> None:
    filled = [row.field for row in TABLE]

    assert len(set(filled)) == len(filled)
    assert {*filled, "unknown_names"} == set(Settings.__dataclass_fields__)


def test_all_problems_are_told_at_once() -> None:
    found = problems_of({"BIND": "x", "LEASE_S": "x", "CLINIC_NUMBER": "x", "LOG_LEVEL": "x"})

    assert set(found) == {"BIND", "LEASE_S", "CLINIC_NUMBER", "LOG_LEVEL"}


def test_the_error_prints_one_line_for_each_problem() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"BIND": "x", "LOG_LEVEL": "x"})

    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["BIND", "LOG_LEVEL"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("SECRET_KEY", "hunter2"), ("TWILIO_AUTH_TOKEN", "hunter2 "), ("PHOTO_KEYS", "hunter2:hunter2")],
)
def test_a_refused_secret_is_not_repeated(name: str, text: str) -> None:
    assert "hunter2" not in problems_of({name: text})[name]


SHORT = {"SEND_CONNECT_TIMEOUT_S": "0.2", "SEND_TIMEOUT_S": "0.3", "LEASE_S": "1", "SEND_GRACE_S": "1.5"}


def test_short_spans_are_accepted_while_their_relations_hold() -> None:
    assert load_settings(SHORT).send_grace == timedelta(seconds=1.5)


@pytest.mark.parametrize(("name", "text"), [("SEND_GRACE_S", "1.4"), ("LEASE_S", "0.5"), ("LEASE_S", "0.1")])
def test_a_span_too_short_for_the_time_outs_is_refused(name: str, text: str) -> None:
    assert list(problems_of(SHORT | {name: text})) == [name]


def test_a_last_check_that_may_be_older_needs_a_longer_grace() -> None:
    assert list(problems_of(SHORT | {"INTENT_MAX_AGE_S": "2"})) == ["SEND_GRACE_S"]


# (what is changed, the setting that is named, the sum that its sentence gives); the others are the defaults
TOO_LONG = [
    ({"SEND_GRACE_S": "3600"}, "SEND_GRACE_S", "= 3740 must stay below 300"),
    ({"LOOKUP_SPACING_S": "3600"}, "LOOKUP_SPACING_S", "= 7340 must stay below 300"),
    ({"LOOKUP_SPACING_S": "80"}, "LOOKUP_SPACING_S", "= 300 must stay below 300"),
    ({"SEND_GRACE_S": "160"}, "SEND_GRACE_S", "= 300 must stay below 300"),  # 295 and the clock of look-ups
    (
        {"SEND_TIMEOUT_S": "135", "LEASE_S": "141", "SEND_GRACE_S": "141", "LOOKUP_SPACING_S": "7.5"},
        "SEND_GRACE_S",
        "= 301 must stay below 300",
    ),
    ({"LEASE_S": "119"}, "LEASE_S", "= 300 must stay below 300"),
    ({"LEASE_S": "200"}, "LEASE_S", "= 462 must stay below 300"),
    ({"EMERGENCY_RESEND_S": "95"}, "EMERGENCY_RESEND_S", "= 300 must stay below 300"),
]


@pytest.mark.parametrize(("changed", "name", "words"), TOO_LONG, ids=str)
def test_spans_that_break_the_five_minutes_are_refused(
    changed: dict[str, str], name: str, words: str
) -> None:
    found = problems_of(changed)

    assert list(found) == [name]
    assert words in found[name]


def test_spans_just_within_the_five_minutes_are_accepted() -> None:
    within = {"LOOKUP_SPACING_S": "79", "LEASE_S": "99", "EMERGENCY_RESEND_S": "94"}

    assert load_settings(within).lease == timedelta(seconds=99)


def test_with_the_longest_grace_a_lost_send_is_shown_in_time_though_the_clock_has_just_asked() -> None:
    spans = Spans.from_settings(load_settings({"SEND_GRACE_S": "159"}))
    (every,) = [job.every for job in JOBS if job.act is look_up]

    assert every is not None
    assert spans.longest_unknown + every + spans.connect + spans.read < SHOWN_WITHIN


def test_a_real_carrier_needs_its_account_the_secret_and_the_clinic() -> None:
    found = problems_of({"CARRIER": "twilio"})

    assert set(found) == set(REAL) - {"CARRIER", "PUBLIC_URL"}


def test_a_complete_real_carrier_is_accepted() -> None:
    assert load_settings(REAL).carrier == "twilio"


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("http://texts.example.com", False),
        ("http://10.0.0.1:8000", False),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
    ],
)
def test_a_real_carrier_needs_https_outside_this_machine(url: str, accepted: bool) -> None:
    environ = REAL | {"PUBLIC_URL": url}

    if accepted:
        assert load_settings(environ).public_url == url
    else:
        assert "https://" in problems_of(environ)["PUBLIC_URL"]


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "CLINIC_NAME=From File\nLOG_LEVEL=DEBUG\nCLINIC_HOURS='mon 09:00-17:00; tue 09:00-12:00'\n"
    )

    settings = load_settings({"LOG_LEVEL": "ERROR"}, dotenv)

    assert (settings.clinic_name, settings.log_level) == ("From File", "ERROR")
    assert settings.clinic_hours == "mon 09:00-17:00; tue 09:00-12:00"


def test_an_environment_given_by_hand_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / DOTENV).write_text("CLINIC_NAME=From File\n")
    monkeypatch.chdir(tmp_path)

    assert load_settings({}).clinic_name == "Demo Clinic"
    assert load_settings().clinic_name == "From File"


def test_names_that_look_like_ours_are_reported(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("ONCALL_NUMBER=+15735550101\nSOMETHING=1\n")

    settings = load_settings({"CLINIC_NAMES": "x", "PATH": "/bin"}, dotenv)

    assert settings.unknown_names == ("CLINIC_NAMES", "ONCALL_NUMBER", "SOMETHING")


def test_the_repr_shows_no_secret() -> None:
    token, password = "f" * 32, "pass-word-of-the-database"
    settings = load_settings(
        REAL
        | {
            "PHOTO_KEYS": f"k1:{KEY}",
            "OPT_OUT_KEY": KEY,
            "METRICS_TOKEN": "metrics-token-of-ours",
            "DATABASE_URL": f"postgresql+psycopg://user:{password}@host/texts",
        }
    )

    shown = repr(settings)

    for secret in (token, password, STRONG, KEY, "metrics-token-of-ours"):
        assert secret not in shown
        assert repr(secret.encode()) not in shown
    assert "postgresql+psycopg://user:***@host/texts" in shown


def test_the_example_file_is_a_working_set_of_settings() -> None:
    example = Path(__file__).resolve().parents[2] / ".env.example"

    settings = load_settings({}, example)

    assert (settings.carrier, settings.clinic_phone) == ("simulated", "573.222.0158")
    assert settings.unknown_names == ()
