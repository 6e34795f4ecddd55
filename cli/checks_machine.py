"""Checks of the settings, the machine and the database. Each returns what it found; none changes anything."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from cli.checks import Finding, look, wrong
from config import Settings
from config.fingerprints import compare, fingerprints_of, remembered
from config.urls import is_encrypted_or_near
from migrations.upgrade import is_behind, is_empty, is_newer
from models.database import Database
from models.installation import find_installation, machine_now, simulated_ahead
from models.measures import find_damage, last_carrier_clock_offset_s, sqlite_settings

LEAST_FREE_BYTES = 1_000_000_000
MOST_CLOCK_DIFFERENCE_S = 5.0
NETWORK_FILE_SYSTEMS = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "fuse.sshfs",
    "glusterfs",
    "ceph",
    "davfs",
    "lustre",
)
DURABLE = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
MOUNTS = Path("/proc/mounts")


def check_names(settings: Settings) -> list[Finding]:
    """A variable that looks like ours and is not."""
    return [
        finding
        for name in settings.unknown_names
        for finding in look(
            f"{name} is set, but there is no such setting", "correct its name; .env.example lists all"
        )
    ]


def check_public_url(settings: Settings) -> list[Finding]:
    """Twilio must reach it, and over https."""
    is_here = _is_this_machine(settings.public_url)
    if settings.carrier == "simulated":
        if is_here:
            return []
        return look(
            "PUBLIC_URL is an address on the Internet, but CARRIER=simulated: no client gets a text",
            "set CARRIER=twilio, or PUBLIC_URL back to http://127.0.0.1:8000",
        )
    if is_here:
        return wrong(
            "Twilio cannot reach PUBLIC_URL: it is this machine", "set PUBLIC_URL to its https:// address"
        )
    if not settings.public_url.startswith("https://"):
        return wrong("PUBLIC_URL is not https", "put the installation behind https and set PUBLIC_URL so")
    return []


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_carrier(settings: Settings) -> list[Finding]:
    """Whether the account looks like one, and whether the carrier is the one that was meant."""
    if settings.carrier == "simulated":
        if settings.twilio_account_sid:
            return look(
                "Twilio's account is set, but CARRIER=simulated: no text leaves",
                "set CARRIER=twilio to go live",
            )
        return []
    findings: list[Finding] = []
    for token in settings.twilio_auth_tokens:
        if len(token) != 32 or not set(token) <= set("0123456789abcdef"):
            findings += look(
                "an auth token in TWILIO_AUTH_TOKEN is not 32 digits and letters a-f",
                "copy the auth token of the account, not an API key's secret",
            )
    if settings.twilio_api_base and not is_encrypted_or_near(settings.twilio_api_base):
        findings += wrong("TWILIO_API_BASE is not https", "use https, or leave it out for Twilio's own")
    elif settings.twilio_api_base:
        findings += look(
            "TWILIO_API_BASE is set: texts go to a stand-in, not to Twilio", "leave it out to go live"
        )
    return findings


def check_keys(settings: Settings) -> list[Finding]:
    """A backup that holds the keys protects nothing; a lost key opens nothing."""
    if settings.keys_dir.resolve().is_relative_to(settings.data_dir.resolve()):
        return wrong("the keys lie inside DATA_DIR", "set DATA_DIR so that its .keys folder lies beside it")
    return look(
        f"PHOTO_KEYS must not be in the backups that hold the photos ({settings.keys_dir} or your .env)",
        "keep a copy of the keys in another safe place: without them photos cannot be opened",
    )


def check_fingerprints(settings: Settings) -> list[Finding]:
    """The keys are those the data was written with."""
    return [
        finding
        for problem in compare(remembered(settings), fingerprints_of(settings))
        for finding in wrong(
            f"{problem.name} {problem.sentence}", "without it photos and opt-outs are closed"
        )
    ]


def check_disk(settings: Settings) -> list[Finding]:
    """Room for the database and the photos."""
    folder = settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free >= LEAST_FREE_BYTES:
        return []
    return wrong(
        f"only {free // 1_000_000} MB are free on the disk of DATA_DIR", "make room, or move DATA_DIR"
    )


def check_reach(_settings: Settings, database: Database) -> list[Finding]:
    """Reachable, and at this version's step."""
    if not database.is_reachable():
        return wrong("the database cannot be reached", "check DATABASE_URL and whether it runs")
    if database.is_sqlite and _is_damaged(database):
        return wrong("the database file is damaged", "stop everything, then: app.py restore DIR")
    if is_empty(database):
        return wrong("the database is empty", "run: app.py migrate")
    if is_newer(database):
        return wrong(
            "the database belongs to a newer version of this program",
            "update the program on this machine too",
        )
    if is_behind(database):
        return wrong("the database is not at this version's step", "run: app.py migrate")
    return []


def _is_damaged(database: Database) -> bool:
    try:
        with database.read() as session:
            return find_damage(session) != ""
    except DatabaseError:
        return True


def check_sqlite(_settings: Settings, database: Database) -> list[Finding]:
    """Durability: what is acknowledged must survive a power cut."""
    if not database.is_sqlite:
        return []
    file = Path(make_url(database.url).database or "")
    findings: list[Finding] = []
    if (system := file_system_of(file)).startswith(NETWORK_FILE_SYSTEMS):
        findings += wrong(
            f"the SQLite file lies on a network file system ({system}), where it may be damaged",
            "move it to a local disk, or use PostgreSQL",
        )
    if not database.is_reachable():
        return findings
    with database.read() as session:
        found = sqlite_settings(session)
    for name, value in DURABLE.items():
        if found[name] != value:
            findings += wrong(
                f"SQLite's {name} is {found[name]}, not {value}", "let no other program open the file"
            )
    return findings


def file_system_of(path: Path) -> str:
    """The type of the file system a path lies on, empty where the system does not tell."""
    if not MOUNTS.exists():
        return ""
    mounts = [line.split()[1:3] for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    resolved = path.resolve()
    over = [(place, kind) for place, kind in mounts if resolved.is_relative_to(place.replace("\\040", " "))]
    return max(over, key=lambda mount: len(mount[0]))[1] if over else ""


def check_clock(_settings: Settings, database: Database) -> list[Finding]:
    """This machine against the database and the carrier."""
    if not database.is_reachable() or is_behind(database):
        return []
    with database.read() as session:
        apart = (machine_now(session) - datetime.now(UTC)).total_seconds()
        offset = last_carrier_clock_offset_s(session)
    findings: list[Finding] = []
    for whose, difference in (("the database", apart), ("the carrier", offset or 0.0)):
        if abs(difference) > MOST_CLOCK_DIFFERENCE_S:
            findings += wrong(
                f"this machine's clock and that of {whose} are {difference:.0f} s apart",
                "switch time synchronisation on",
            )
    return findings


def check_sending(settings: Settings, database: Database) -> list[Finding]:
    """Whether something holds all texts back."""
    if not database.is_reachable() or is_behind(database):
        return []
    findings: list[Finding] = []
    with database.read() as session:
        row = find_installation(session)
        if row is not None and row.sending_stopped_since:
            findings += wrong(
                "sending has stopped: the carrier refuses us",
                "put it right (app.py sending status says what), then run: app.py sending resume --by NAME",
            )
        if row is not None and row.reminders_wait_since:
            findings += look(
                "reminders wait until the carrier's list has been read", "leave `run` on for a while"
            )
        if settings.carrier == "twilio" and simulated_ahead(session):
            findings += wrong(
                "the database lives on a simulated clock", "use a new database for CARRIER=twilio"
            )
    return findings


MACHINE_CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    check_names,
    check_public_url,
    check_carrier,
    check_keys,
    check_fingerprints,
    check_disk,
)
DATABASE_CHECKS: tuple[Callable[[Settings, Database], list[Finding]], ...] = (
    check_reach,
    check_sqlite,
    check_clock,
    check_sending,
)
