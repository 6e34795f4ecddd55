"""Serves the files every page shares. No clinic data passes here."""

from flask import Blueprint

blueprint = Blueprint(
    "dashboard_static",
    __name__,
    static_folder="static",
    static_url_path="/static",
    template_folder="templates",
)
