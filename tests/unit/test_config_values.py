"""Every setting by itself: a good value is read, a bad one is refused by name with its cure."""

from datetime import timedelta

import pytest

from config import Address, ConfigurationError, load_settings

KEY = "A" * 21 + "bcdefghijklmnopqrstuvw"

ACCEPTED = [
    (
        "DATABASE_URL",
        "postgresql+psycopg://u:p@db/texts",
        "database_url",
        "postgresql+psycopg://u:p@db/texts",
    ),
    ("TWILIO_AUTH_TOKEN", f"{'a' * 32}, {'b' * 32}", "twilio_auth_tokens", ("a" * 32, "b" * 32)),
    ("PUBLIC_URL", "https://Texts.Example.com/#rc=2&rp=5xx", "public_url", "https://texts.example.com"),
    ("PUBLIC_URL", "https://example.com:8443/bot/", "public_url", "https://example.com:8443/bot"),
    ("TWILIO_API_BASE", "http://127.0.0.1:4010", "twilio_api_base", "http://127.0.0.1:4010"),
    ("TWILIO_API_BASE", "http://10.0.0.1:4010", "twilio_api_base", "http://10.0.0.1:4010"),
    ("BIND", "[::1]:80", "bind", Address(host="::1", port=80)),
    ("BIND", "0.0.0.0:8080", "bind", Address(host="0.0.0.0", port=8080)),
    ("BIND", "localhost:0", "bind", Address(host="localhost", port=0)),
    (
        "CLINIC_HOURS",
        "mon-fri 09:00-17:00; sat 10:00-14:00",
        "clinic_hours",
        "mon-fri 09:00-17:00; sat 10:00-14:00",
    ),
    ("CLINIC_HOLIDAYS", "federal, 2026-12-24", "clinic_holidays", "federal, 2026-12-24"),
    ("CLINIC_PHONE", "573.222.0158", "clinic_phone", "573.222.0158"),
    ("ONCALL_NUMBERS", "+15735550101,+15735550102", "oncall_numbers", ("+15735550101", "+15735550102")),
    ("MASS_SEND_LIMIT", "80", "mass_send_limit", 80),
    ("MESSAGES_PER_SECOND", "2.5", "messages_per_second", 2.5),
    ("CARRIER_DELETE_AFTER_DAYS", "7", "carrier_delete_after", timedelta(days=7)),
    ("TICK_S", "0.05", "tick", timedelta(milliseconds=50)),
    ("CLINIC_URGENT_LINE", "  ", "clinic_urgent_line", None),
]


@pytest.mark.parametrize(("name", "text", "field", "value"), ACCEPTED)
def test_a_good_value_is_read(name: str, text: str, field: str, value: object) -> None:
    assert getattr(load_settings({name: text}), field) == value


REFUSED = [
    ("DATABASE_URL", "postgres://u:p@db/texts", "postgresql+psycopg://"),
    ("DATABASE_URL", "mysql://db/texts", "sqlite:///"),
    ("DATABASE_URL", "sqlite://", "a file"),
    ("DATABASE_URL", "sqlite:///:memory:", "a file"),
    ("CARRIER", "Twilio", "simulated, twilio"),
    ("TWILIO_ACCOUNT_SID", "AC123", "32 hex digits"),
    ("TWILIO_AUTH_TOKEN", "two words of a token", "auth token"),
    ("TWILIO_API_BASE", "http://api.example.com", "https://"),
    ("PUBLIC_URL", "https://user:pw@example.com", "user name"),
    ("PUBLIC_URL", "https://my_host.example.com", "underscore"),
    ("PUBLIC_URL", "example.com", "full address"),
    ("PUBLIC_URL", "ftp://example.com", "full address"),
    ("PUBLIC_URL", "https://example.com:99999", "full address"),
    ("PUBLIC_URL", "https://example.com/?a=1", "no query"),
    ("PUBLIC_URL", "https://exa mple.com", "host"),
    ("PUBLIC_URL", "https://" + "a" * 500, "longer than"),
    ("SECRET_KEY", "changeme", "random characters"),
    ("SECRET_KEY", "a" * 64, "random characters"),
    ("PHOTO_KEYS", "k1", "id:key"),
    ("PHOTO_KEYS", "k1:short", "32 random bytes"),
    ("PHOTO_KEYS", f"k1:{KEY},k1:{KEY}", "each id used once"),
    ("OPT_OUT_KEY", "!", "32 random bytes"),
    ("CLINIC_NAME", "x" * 61, "60 characters"),
    ("CLINIC_NAME", "Two\nlines", "one printable line"),
    ("CLINIC_NUMBER", "573.222.0158", "+15732220158"),
    ("CLINIC_NUMBER", "+1573555010", "with area code"),
    ("CLINIC_NUMBER", "+9995550100", "with area code"),
    ("CLINIC_TIMEZONE", "Central", "America/Chicago"),
    ("CLINIC_HOURS", "weekdays 9 to 5", "mon-fri 09:00-17:00"),
    ("CLINIC_HOLIDAYS", "24 Dec", "2026-12-24"),
    ("CLINIC_URGENT_LINE", "911911911911", "with area code"),
    ("CLINIC_PORTAL_URL", "http://portal.example.com", "https://"),
    ("ONCALL_NUMBERS", "+15735550101,+15735550101", "twice"),
    ("OPT_OUT_MODE", "none", "twilio, self"),
    ("DATA_DIR", ".", "a directory of its own"),
    ("BIND", "8000", "host:port"),
    ("BIND", "::1:8000", "host:port"),
    ("BIND", "127.0.0.1:70000", "65535"),
    ("SEND_TIMEOUT_S", "ten", "a number"),
    ("SEND_TIMEOUT_S", "nan", "a number"),
    ("SEND_TIMEOUT_S", "0", "a number"),
    ("INTENT_MAX_AGE_S", "6", "a number from 0.1 to 5"),
    ("MASS_SEND_LIMIT", "0", "a whole number"),
    ("MASS_SEND_LIMIT", "1.5", "a whole number"),
    ("METRICS_TOKEN", "short", "16 to 128"),
    ("LOG_LEVEL", "debug", "DEBUG"),
]


@pytest.mark.parametrize(("name", "text", "cure"), REFUSED)
def test_a_bad_value_is_refused_by_name_with_its_cure(name: str, text: str, cure: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({name: text})

    assert [problem.name for problem in caught.value.problems] == [name]
    assert cure in caught.value.problems[0].sentence
