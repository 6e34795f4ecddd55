"""An installation with one client, backed up and put back as an operator would. Holds no asserts."""

from dataclasses import replace
from pathlib import Path

from cli.desk import bring_up
from config import Settings, ensure_keys, load_settings
from desk.backup import make_backup
from models.client import Client
from models.clinic import default_number, list_clinics
from models.database import Database
from models.installation import installation
from models.message import Attempt
from tests.support.command_line import CommandLine
from tests.support.factories import (
    NOON,
    make_client,
    make_consent,
    make_conversation,
    make_inbound,
    make_reminder,
    make_visit,
)
from tests.support.scripted_carrier import HandClock, ScriptedCarrier
from tests.support.sending_desk import Desk


def settings_of(shell: CommandLine) -> Settings:
    """The settings of the shell's installation."""
    return ensure_keys(load_settings({"DATA_DIR": str(shell.folder / "var")}))


def open_installation(settings: Settings) -> Desk:
    """A migrated database with its clinic, one client who agreed, and a carrier of the test's own."""
    database = Database(settings.database_url)
    bring_up(database, settings)
    clock = HandClock(NOON)
    with database.write() as session:
        clinic = list_clinics(session)[0]
        conversation = make_conversation(session, clinic)
        client = make_client(session, conversation)
        make_consent(session, conversation)
        ids = (clinic.id, default_number(session, clinic.id).id, conversation.id, client.id)
    return Desk(database, clock, ScriptedCarrier(clock), *ids)


def waits(database: Database) -> bool:
    """Whether reminders wait for the carrier's list."""
    with database.read() as session:
        return installation(session).reminders_wait_since is not None


def plan(desk: Desk) -> int:
    """A step due at the desk's moment."""
    with desk.database.write() as session:
        visit = make_visit(session, session.get_one(Client, desk.client_id))
        return make_reminder(session, visit, due_at=desk.clock.at).id


def back_up(desk: Desk, settings: Settings, target: Path) -> None:
    """What `backup` does."""
    make_backup(desk.database, settings, target, is_newest_step=True)


def reopen(desk: Desk) -> Desk:
    """The same place after the file was exchanged; the carrier remembers."""
    desk.database.close()
    return replace(desk, database=Database(desk.database.url))


def put_back(shell: CommandLine, desk: Desk) -> Desk:
    """`restore b --force`, and the place after it."""
    desk.database.close()
    shell.must("restore", "b", "--force")
    return reopen(desk)


def note_a_try(database: Database, conversation_id: int) -> None:
    """Something was handed to the carrier once."""
    from models.conversation import Conversation

    with database.write() as session:
        text = make_inbound(session, session.get_one(Conversation, conversation_id))
        session.add(
            Attempt(
                message_id=text.id,
                callback_id="c" * 32,
                claim_token="t" * 32,
                from_number="+15735550100",
                to_number="+15735550142",
                body_hash="0" * 64,
                intent_at=NOON,
                finished_at=NOON,
                outcome="accepted",
                lookups=0,
            )
        )
