"""What every signed-in page shows around its content: the clinic, the navigation and its counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from flask_login import current_user

import clock
from dashboard.guard import has_real_carrier, staff
from dashboard.wording import delivery_of
from models.alert_list import count_open_alerts, count_untaken_alerts
from models.clinic import Clinic, find_clinic
from models.message import Message
from models.thread_list import Tab, Viewer, count_threads
from web.edge import deployment


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation."""

    id: str
    label: str
    icon: str
    url: str
    count: int = 0
    count_words: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Nav:
    """The navigation; how many threads are urgent, how many alerts are open, and how many nobody has taken."""

    pages: tuple[NavItem, ...]
    urgent: int
    alerts: int
    untaken: int


# id, label, icon, endpoint, permission
PAGES = (
    ("inbox", "Inbox", "inbox", "inbox.index", "read"),
    ("alerts", "Alerts", "alert", "alerts.index", "read"),
    ("enrol", "Enrol", "plus", "enrol.show", "reply"),
    ("clients", "Clients", "people", "clients.index", "read"),
    ("reminders", "Reminders", "clock", "reminders.index", "read"),
    ("settings", "Settings", "gear", "settings.index", "edit_words"),
)


def install_shell(app: Flask) -> None:
    """Give every template of a signed-in page its surroundings."""
    app.context_processor(_surroundings)
    app.add_template_filter(local_time)
    app.add_template_filter(local_day)
    app.add_template_filter(iso)
    app.add_template_filter(full_moment)
    app.add_template_filter(day_and_time)
    app.add_template_filter(short_moment)
    app.add_template_filter(delivery_icon)
    app.add_template_filter(initials)


def viewer(now: datetime) -> Viewer:
    """The signed-in person as the inbox's questions need them."""
    return Viewer(clinic_id=staff().clinic_id, staff_id=staff().id, now=now)


def local_time(moment: datetime, clinic: Clinic) -> str:
    """Clock time in the clinic's zone: 2:05 pm."""
    local = moment.astimezone(zone_of(clinic))
    return f"{local:%I:%M %p}".lstrip("0").lower()


def local_day(moment: datetime, clinic: Clinic, now: datetime | None = None) -> str:
    """The day in the clinic's zone: Today, Yesterday, Tue 3 Mar, 3 Mar 2025."""
    day = moment.astimezone(zone_of(clinic)).date()
    if now is None:
        return f"{day:%a} {day.day} {day:%b %Y}"
    today = now.astimezone(zone_of(clinic)).date()
    near = {0: "Today", -1: "Yesterday", 1: "Tomorrow"}.get((day - today).days)
    year = f" {day.year}" if day.year != today.year else ""
    return near or f"{day:%a} {day.day} {day:%b}{year}"


def iso(moment: datetime, clinic: Clinic) -> str:
    """The moment for machines: ISO 8601 in the clinic's zone."""
    return moment.astimezone(zone_of(clinic)).isoformat(timespec="seconds")


def full_moment(moment: datetime, clinic: Clinic) -> str:
    """What the pointer's hint says: the day, the clock time and the zone."""
    zone = moment.astimezone(zone_of(clinic)).strftime("%Z")
    return f"{local_day(moment, clinic)}, {local_time(moment, clinic)} {zone}"


def day_and_time(moment: datetime, clinic: Clinic, now: datetime) -> str:
    """When something will be: 9:00 am today, else tomorrow 9:00 am or Thu 3 Dec 9:00 am."""
    day = local_day(moment, clinic, now)
    day = day.lower() if day in ("Tomorrow", "Yesterday") else day
    return local_time(moment, clinic) if day == "Today" else f"{day} {local_time(moment, clinic)}"


def short_moment(moment: datetime, clinic: Clinic, now: datetime) -> str:
    """Clock time today, else the day: what a list has room for."""
    day = local_day(moment, clinic, now)
    return local_time(moment, clinic) if day == "Today" else day


def delivery_icon(message: Message) -> str:
    """The tick of an outgoing text."""
    return delivery_of(message).icon


def initials(name: str) -> str:
    """Dana Ruiz is DR."""
    parts = name.split()
    return "".join(part[0] for part in (parts if len(parts) < 3 else (parts[0], parts[-1]))).upper()


def zone_of(clinic: Clinic) -> ZoneInfo:
    """The clinic's zone."""
    return ZoneInfo(clinic.timezone)


def _surroundings() -> dict[str, Any]:
    if not current_user.is_authenticated or not current_user.is_full:
        return {}
    database = deployment().database
    with database.read() as session:
        now = clock.now(session)
        clinic = find_clinic(session, staff().clinic_id)
        urgent = count_threads(session, viewer(now), Tab.URGENT)
        waiting = count_threads(session, viewer(now), Tab.NEEDS_REPLY)
        alerts = count_open_alerts(session, clinic.id)
        untaken = count_untaken_alerts(session, clinic.id)
    page = (request.blueprint or "").split(".")[0]
    return {
        "clinic": clinic,
        "now": now,
        "visitor": current_user,
        "nav": _nav(urgent, waiting, alerts, untaken),
        "page": page,
        "simulated": not has_real_carrier(),
    }


def _nav(urgent: int, waiting: int, alerts: int, untaken: int) -> Nav:
    counts = {
        "inbox": (urgent or waiting, "urgent" if urgent else "need a reply", urgent > 0),
        "alerts": (alerts, "open", True),
    }
    items = []
    for page, label, icon, endpoint, permission in PAGES:
        if not current_user.may(permission):
            continue
        count, words, is_urgent = counts.get(page, (0, "", False))
        items.append(NavItem(page, label, icon, url_for(endpoint), count, words, is_urgent))
    return Nav(pages=tuple(items), urgent=urgent, alerts=alerts, untaken=untaken)
