"""`alert`: urgent texts that nobody has closed, and taking one on."""

from sqlalchemy.orm import Session

from alerts.register import acknowledge, find_open_by_code
from cli.arguments import NAME, Options, Parser, add_act, add_acts, add_clinic, add_list_options
from cli.desk import Desk, zone_of
from cli.mistake import Mistake
from cli.printing import print_rows
from clock import now
from desk.listed_rows import alert_row
from models.alert import Alert
from models.listings import list_alerts, names_on


def describe(parser: Parser) -> None:
    """alert list | ack."""
    acts = add_acts(parser)
    add_list_options(add_act(acts, "list", "alerts that nobody has closed", list_open))
    ack = add_act(acts, "ack", "say who looks after it; the on-call phones are left in peace", take_on)
    add_clinic(ack)
    ack.add_argument("alert", metavar="ID", help="the number or the code, such as K7")
    ack.add_argument("--by", required=True, type=NAME, help="the name of the person who looks after it")


def list_open(desk: Desk, options: Options) -> None:
    """Print open alerts."""
    with desk.reading(options) as (session, clinic):
        names, zone = names_on(session, clinic_id=clinic.id), zone_of(clinic)
        rows = [
            alert_row(alert, conversation, names.get(alert.conversation_id or 0), zone)
            for alert, conversation in list_alerts(session, clinic_id=clinic.id)
        ]
    print_rows(rows, as_json=options.json, nothing="no open alerts")


def take_on(desk: Desk, options: Options) -> None:
    """Acknowledge one alert by name."""
    with desk.writing(options) as (session, clinic):
        alert = find_alert(session, clinic.id, options.alert)
        if alert.acknowledged_at is not None:
            print(f"Alert {alert.code} was acknowledged already by {alert.acknowledged_by}.")
            return
        acknowledge(session, alert, by=options.by, now=now(session))
    print(f"Alert {alert.code}: {options.by} looks after it.")


def find_alert(session: Session, clinic_id: int, text: str) -> Alert:
    """The open alert of this number or code. Raises Mistake."""
    by_code = find_open_by_code(session, clinic_id, text.strip().upper())
    if by_code is not None:
        return by_code
    open_ones = [alert for alert, _ in list_alerts(session, clinic_id=clinic_id)]
    for alert in open_ones:
        if str(alert.id) == text.strip():
            return alert
    known = ", ".join(alert.code for alert in open_ones) or "none"
    raise Mistake(f"there is no open alert {text!r}; open: {known}")
