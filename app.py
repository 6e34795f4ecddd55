"""The composition root: which parts make one application. Nobody imports it; it holds no rule."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

LARGEST_REQUEST_BYTES = 12 * 1024 * 1024


def create_app(settings: "Settings") -> "Flask":
    """The web application. Starts no thread; the deployment it serves is `app.extensions["deployment"]`."""
    from flask import Flask

    from deployment import open_deployment
    from public import health
    from web_headers import add_security_headers

    app = Flask("aftercare", static_folder=None)
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES)
    app.url_map.strict_slashes = False
    app.extensions["deployment"] = open_deployment(settings)
    app.register_blueprint(health.blueprint)
    add_security_headers(app, is_https=settings.public_url.startswith("https://"))
    return app


def main() -> int:
    """Run one command."""
    from cli.main import run_command

    return run_command(sys.argv[1:], create_app)


if __name__ == "__main__":
    sys.exit(main())
