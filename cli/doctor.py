"""`doctor`: each thing that is wrong here, and its cure. Reads only; exit code 1 while something is wrong."""

import json

from cli.arguments import Options, Parser
from cli.checks import Finding, Level
from cli.checks_clinic import CLINIC_CHECKS
from cli.checks_machine import DATABASE_CHECKS, MACHINE_CHECKS, check_reach
from cli.desk import Desk
from models.clinic import list_clinics
from models.database import Database

WEBHOOK_OVERRIDES = "#rc=2&rp=ct,rt,5xx"  # Twilio: retry twice after time-outs and 5xx (connection overrides)


def describe(parser: Parser) -> None:
    """doctor [--json]."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(act=examine)


def examine(desk: Desk, options: Options) -> int:
    """Ask every check and print what it found."""
    findings = find_all(desk)
    for finding in findings:
        print(json.dumps(finding.as_row(), ensure_ascii=False) if options.json else finding.as_line())
    if not options.json:
        print("\n".join(summary(desk, findings)))
    return int(any(finding.level is Level.WRONG for finding in findings))


def find_all(desk: Desk) -> list[Finding]:
    """What every check says; the clinic's own are asked only where its rows can be read."""
    database = Database(desk.settings.database_url)
    findings = [finding for check in MACHINE_CHECKS for finding in check(desk.settings)]
    state: list[Finding] = []
    for check in DATABASE_CHECKS:
        state += check(desk.settings, database)
        if check is check_reach and state:
            return findings + state  # of a database that cannot be read there is no more to say
    if any(finding.level is Level.WRONG for finding in state):
        return findings + state
    with database.read() as session:
        for clinic in list_clinics(session):
            findings += [row for check in CLINIC_CHECKS for row in check(desk.settings, session, clinic)]
    return findings + state


def summary(desk: Desk, findings: list[Finding]) -> list[str]:
    """How many are wrong, and what to paste at the carrier."""
    wrong = sum(finding.level is Level.WRONG for finding in findings)
    lines = [f"{wrong} wrong, {len(findings) - wrong} to look at." if findings else "All is well."]
    if desk.settings.carrier == "twilio":
        lines.append(f"Twilio, incoming messages (HTTP POST): {webhook_url(desk.settings.public_url)}")
    return lines


def webhook_url(public_url: str) -> str:
    """What to paste into the number's or the service's settings. Twilio does not sign the part after #."""
    return f"{public_url}/webhooks/sms{WEBHOOK_OVERRIDES}"
