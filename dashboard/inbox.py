"""The inbox: tabs, rows, search. Which rows a tab holds is decided in models/thread_list.py."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

import clock
from access.roles import Permission
from dashboard.fragments import fragment_or_unchanged
from dashboard.guard import needs, staff
from dashboard.shell import viewer
from desk.setup import Step, remaining_steps
from models.clinic import find_clinic
from models.thread_list import Tab, count_threads, list_threads
from scheduler.follow_up import count_not_heard_from
from web.edge import deployment

blueprint = Blueprint("inbox", __name__)
PER_PAGE = 60

LABELS = {
    Tab.URGENT: "Urgent",
    Tab.NEEDS_REPLY: "Needs reply",
    Tab.MINE: "Mine",
    Tab.ALL: "All",
    Tab.SNOOZED: "Snoozed",
    Tab.CLOSED: "Closed",
    Tab.NOT_DELIVERED: "Not delivered",
    Tab.REVIEW: "Needs review",
}


@blueprint.get("/")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """The whole page: list on the left, an invitation to pick a thread on the right."""
    return render_template("inbox.html", **inbox_context(), remaining=_first_steps())


@blueprint.get("/inbox/rows")
@needs(Permission.READ)
def rows() -> ResponseReturnValue:
    """The list alone, for a page that refreshes."""
    return fragment_or_unchanged(
        render_template("_thread_list.html", **inbox_context(request.args.get("open", type=int)))
    )


def inbox_context(open_thread_id: int | None = None) -> dict[str, object]:
    """What the list needs; shared by the inbox and the thread page."""
    tab, search = chosen_tab(), request.args.get("q", "").strip()[:100]
    first = max(request.args.get("from", 0, type=int), 0)
    with deployment().database.read() as session:
        now = clock.now(session)
        threads = list_threads(
            session, viewer(now), Tab.ALL if search else tab, search=search, limit=PER_PAGE + 1, offset=first
        )
        counts = {one: count_threads(session, viewer(now), one) for one in Tab}
        silent = count_not_heard_from(
            session, clinic_id=staff().clinic_id, rules=deployment().pack.plan, now=now
        )
    return {
        "tab": tab,
        "tabs": [
            (one, LABELS[one], counts[one]) for one in Tab if one not in SELDOM or counts[one] or one is tab
        ],
        "silent": silent,
        "threads": threads[:PER_PAGE],
        "next_from": first + PER_PAGE if len(threads) > PER_PAGE else None,
        "search": search,
        "now": now,
        "open_thread_id": open_thread_id,
    }


def _first_steps() -> tuple[Step, ...]:
    """What an owner has still to do before the clinic is ready; nothing for others."""
    if not current_user.may(Permission.SETTINGS):
        return ()
    here = deployment()
    with here.database.read() as session:
        return remaining_steps(session, find_clinic(session, staff().clinic_id), here.settings)


SELDOM = (Tab.NOT_DELIVERED, Tab.REVIEW)  # shown only while they hold something


def chosen_tab() -> Tab:
    """The tab asked for; Needs reply where none or an unknown one is named."""
    wanted = request.args.get("tab", Tab.NEEDS_REPLY)
    return Tab(wanted) if wanted in set(Tab) else Tab.NEEDS_REPLY
