"""Which page groups the dashboard has. A new one is a new line here."""

from flask import Blueprint, Flask

from dashboard import inbox, sign_in, static_files, thread
from dashboard.guard import install_guard
from dashboard.shell import install_shell

DASHBOARD: tuple[Blueprint, ...] = (
    static_files.blueprint,
    sign_in.blueprint,
    inbox.blueprint,
    thread.blueprint,
)


def install_dashboard(app: Flask) -> None:
    """Give `app` the dashboard: its pages, its guard and what stands around every page."""
    for blueprint in DASHBOARD:
        app.register_blueprint(blueprint)
    install_guard(app)
    install_shell(app)
