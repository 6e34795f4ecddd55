"""The table of commands. A module is imported only when its command is asked for, so that --help is quick."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One word after app.py. Its module has `describe(parser)`, which says what to call."""

    name: str
    module: str
    meaning: str


COMMANDS = (
    Command(
        "run", "cli.run", "web pages, scheduler and sender in one process; starts by itself on a new machine"
    ),
    Command("web", "cli.web", "web pages only, for several machines on PostgreSQL"),
    Command("worker", "cli.worker", "scheduler and sender only, for several machines on PostgreSQL"),
    Command("migrate", "cli.migrate", "bring the database to the newest step"),
    Command("doctor", "cli.doctor", "each thing that is wrong here, and its cure"),
    Command("demo", "cli.demo", "fill the simulated clinic with clients and texts"),
    Command("backup", "cli.backup", "database and photos as one folder, while everything runs"),
    Command("restore", "cli.restore", "put such a folder back; reminders then wait for the carrier's list"),
    Command("sending", "cli.sending", "what holds texts back, and letting them go"),
    Command("check-audit", "cli.check_audit", "verify that no act was changed or taken out"),
    Command("staff", "cli.staff", "people who work at the clinic"),
    Command("token", "cli.token", "what other systems show at the JSON API: add, list, revoke"),
    Command("oncall", "cli.oncall", "phones that alerts are texted to"),
    Command("words", "cli.words", "what the bot says, and who approved it"),
    Command("client", "cli.client", "people who were, or will be, treated"),
    Command("treatment", "cli.treatment", "what was given when; plans the reminders"),
    Command("appointment", "cli.appointment", "known future visits"),
    Command("reminders", "cli.reminders", "planned texts: list, hold, cancel, release"),
    Command("messages", "cli.messages", "every text, in and out"),
    Command("inbox", "cli.inbox", "what waits for a person"),
    Command("review", "cli.review", "texts held because nobody knows whether they arrived"),
    Command("alert", "cli.alert", "urgent texts: list, acknowledge"),
    Command("route", "cli.route", "what the bot would do with a text; sends nothing"),
)
