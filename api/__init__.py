"""WHAT DO OTHER SYSTEMS SEE? The JSON API under /api/v1: a bearer token, no cookie, one clinic a token."""

from flask import Flask

from api import alerts, appointments, clients, description, inbox, messages, reminders, treatments
from api.blueprint import IdConverter, RestConverter, blueprint, nothing_here
from api.guard import install_guard
from api.pace import install_pace
from api.problems import install_problems

PAGES = (
    alerts,
    appointments,
    clients,
    description,
    inbox,
    messages,
    reminders,
    treatments,
)  # each adds its routes

install_guard(blueprint)  # once a process, before any app takes the blueprint
install_problems(blueprint)


def install_api(app: Flask) -> None:
    """Give `app` the API; whatever is asked under its path is answered as JSON, wrong paths and methods too."""
    app.extensions["csrf"].exempt(
        blueprint
    )  # no cookie is read: a page of another site has nothing to misuse
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["rest"] = RestConverter
    app.register_blueprint(blueprint)
    app.url_map.add(nothing_here())
    install_pace(app)
