"""The phone on the screen: text the clinic as a client would, and move the clock. Only with CARRIER=simulated."""

from flask import Flask

from simulator import simulator
from web.edge import webhooks_into


def install_simulator(app: Flask) -> None:
    """Give `app` the simulator's page, and the simulated carrier somebody to call."""
    app.register_blueprint(simulator.blueprint)
    app.extensions["deployment"].carrier.connect(webhooks_into(app))
