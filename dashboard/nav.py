"""The navigation alone, for every page that stays open: counts, and what is urgent, without pressing anything."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.fragments import fragment_or_unchanged
from dashboard.guard import needs
from dashboard.shell import PAGES

blueprint = Blueprint("nav", __name__)


@blueprint.get("/nav")
@needs(Permission.READ)
def items() -> ResponseReturnValue:
    """The entries; `page` = the one that is open."""
    known = {page for page, *_ in PAGES} | {"thread"}
    wanted = request.args.get("page", "")
    return fragment_or_unchanged(render_template("_nav.html", page=wanted if wanted in known else ""))
