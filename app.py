"""The composition root: which parts make one application. Nobody imports it; it holds no rule."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: "Settings") -> "Flask":
    """The web application. Starts no thread; the deployment it serves is `app.extensions["deployment"]`."""
    from flask import Flask
    from flask_wtf.csrf import CSRFProtect

    from api import install_api
    from bot import webhook
    from dashboard.blueprints import install_dashboard
    from deployment import open_deployment
    from public import health, media
    from simulator import install_simulator
    from web.headers import add_security_headers, web_settings

    is_https = settings.public_url.startswith("https://")
    app = Flask("aftercare", static_folder=None)
    app.config.update(web_settings(settings.secret_key, is_https=is_https))
    app.url_map.strict_slashes = False
    app.extensions["deployment"] = here = open_deployment(settings)
    CSRFProtect(app).exempt(webhook.blueprint)  # the carrier signs instead
    app.register_blueprint(health.blueprint)
    app.register_blueprint(media.blueprint)
    app.register_blueprint(webhook.blueprint)
    install_dashboard(app)
    install_api(app)
    if here.carrier.name == "simulated":
        install_simulator(app)
    add_security_headers(app, is_https=is_https)
    return app


def main() -> int:
    """Run one command."""
    from cli.main import run_command

    return run_command(sys.argv[1:], create_app)


if __name__ == "__main__":
    sys.exit(main())
