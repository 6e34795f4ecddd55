"""The table of all settings: variable, field, reader, default. Data only; config/load.py reads it.

Never a default for a secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config import urls
from config import values as read


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: the variable, the field of Settings it fills, its reader, and what it is when not set."""

    name: str
    field: str
    read: Callable[[str], object]
    default: object = None
    needed_with_twilio: bool = False


SPAN = read.seconds_between(0.01, 3600)
DAYS = read.days_between(1, 3650)
ACCOUNT_SID = read.pattern(r"AC[0-9a-fA-F]{32}", "must be AC and 32 hex digits, as Twilio's console shows it")
SERVICE_SID = read.pattern(r"MG[0-9a-fA-F]{32}", "must be MG and 32 hex digits, as Twilio's console shows it")
METRICS_TOKEN = read.pattern(r"[!-~]{16,128}", "must be 16 to 128 printable characters without blanks")

TABLE: tuple[Setting, ...] = (
    Setting("DATABASE_URL", "database_url", read.database_url),
    Setting("CARRIER", "carrier", read.one_of("simulated", "twilio"), "simulated"),
    Setting("TWILIO_ACCOUNT_SID", "twilio_account_sid", ACCOUNT_SID, needed_with_twilio=True),
    Setting("TWILIO_AUTH_TOKEN", "twilio_auth_tokens", read.auth_tokens, (), needed_with_twilio=True),
    Setting("TWILIO_API_BASE", "twilio_api_base", urls.base_url),
    Setting("TWILIO_MESSAGING_SERVICE_SID", "twilio_messaging_service_sid", SERVICE_SID),
    Setting("PUBLIC_URL", "public_url", urls.base_url, "http://127.0.0.1:8000"),
    Setting("SECRET_KEY", "given_secret_key", read.secret, "", needed_with_twilio=True),
    Setting("PHOTO_KEYS", "given_photo_keys", read.photo_keys, ()),
    Setting("OPT_OUT_KEY", "given_opt_out_key", read.key_bytes, b""),
    Setting("CLINIC_NAME", "clinic_name", read.plain_name, "Demo Clinic", needed_with_twilio=True),
    Setting("CLINIC_NUMBER", "clinic_number", read.e164, "+15735550100", needed_with_twilio=True),
    Setting("CLINIC_TIMEZONE", "clinic_timezone", read.time_zone, "America/Chicago", needed_with_twilio=True),
    Setting("CLINIC_HOURS", "clinic_hours", read.weekly_hours, "mon-fri 09:00-17:00"),
    Setting("CLINIC_HOLIDAYS", "clinic_holidays", read.holiday_list, ""),
    Setting("CLINIC_PHONE", "clinic_phone", read.phone_as_shown),
    Setting("CLINIC_URGENT_LINE", "clinic_urgent_line", read.phone_as_shown),
    Setting("CLINIC_PORTAL_URL", "clinic_portal_url", urls.web_link),
    Setting("CLINIC_BOOKING_URL", "clinic_booking_url", urls.web_link),
    Setting("ONCALL_NUMBERS", "oncall_numbers", read.e164_list, ()),
    Setting("OPT_OUT_MODE", "opt_out_mode", read.one_of("twilio", "self"), "twilio"),
    Setting("DATA_DIR", "data_dir", read.directory, Path("var")),
    Setting("BIND", "bind", read.address, read.Address(host="127.0.0.1", port=8000)),
    Setting("SEND_CONNECT_TIMEOUT_S", "send_connect_timeout", SPAN, timedelta(seconds=5)),
    Setting("SEND_TIMEOUT_S", "send_timeout", SPAN, timedelta(seconds=10)),
    Setting("INTENT_MAX_AGE_S", "intent_max_age", read.seconds_between(0.1, 5), timedelta(seconds=1)),
    Setting("SEND_GRACE_S", "send_grace", SPAN, timedelta(seconds=120)),
    Setting("LEASE_S", "lease", SPAN, timedelta(seconds=60)),
    Setting("LOOKUP_SPACING_S", "lookup_spacing", SPAN, timedelta(seconds=60)),
    Setting("EMERGENCY_RESEND_S", "emergency_resend", SPAN, timedelta(seconds=20)),
    Setting("TICK_S", "tick", read.seconds_between(0.01, 60), timedelta(seconds=1)),
    Setting("MESSAGES_PER_SECOND", "messages_per_second", read.number_between(0.01, 1000), 1.0),
    Setting("MASS_SEND_LIMIT", "mass_send_limit", read.whole_number_between(1, 1_000_000)),
    Setting(
        "CARRIER_DELETE_AFTER_DAYS", "carrier_delete_after", read.days_between(1, 3650), timedelta(days=30)
    ),
    Setting("DEAD_MAN_URL", "dead_man_url", urls.watcher_url),
    Setting("DEAD_MAN_AFTER_S", "dead_man_after", SPAN, timedelta(minutes=3)),
    Setting("METRICS_TOKEN", "metrics_token", METRICS_TOKEN),
    Setting("LOG_LEVEL", "log_level", read.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
)
