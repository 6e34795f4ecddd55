"""The page that lists the shortcuts. Holds the list and nothing else."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.guard import needs

blueprint = Blueprint("keys", __name__)

GROUPS = (
    (
        "In the list",
        (
            ("j", "next conversation"),
            ("k", "previous conversation"),
            ("Enter", "open it"),
            ("/", "search names, numbers, words"),
        ),
    ),
    (
        "In a conversation",
        (
            ("r", "write a reply"),
            ("n", "write a note, which is not sent"),
            ("a", "hand over"),
            ("s", "snooze"),
            ("e", "close"),
        ),
    ),
    (
        "In the reply box",
        (
            ("/", "saved replies: type a name, arrows, Enter inserts; nothing is sent by it"),
            ("Ctrl + Enter", "send (Command + Enter on a Mac); your account can let Enter alone send"),
            ("Esc", "shut the saved replies"),
        ),
    ),
    (
        "Go to",
        (
            ("g i", "inbox"),
            ("g c", "clients"),
            ("g r", "reminders"),
            ("g p", "pictures"),
            ("g e", "enrol a client"),
            ("g a", "alerts"),
            ("?", "this page"),
        ),
    ),
)


@blueprint.get("/keys")
@needs(Permission.READ)
def index() -> ResponseReturnValue:
    """Every key and what it does."""
    return render_template("keys.html", groups=GROUPS)
