"""A clinic's line in tests: texts go in with a scripted or a real reading, rows come out. Holds no asserts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from structlog.processors import KeyValueRenderer

from bot.conversation import handle_inbound
from bot.decision import Action, Context, Decision, Reason, Rule, Urgency
from bot.vocabulary import Vocabulary, shipped_vocabulary
from bot.voice import Voice
from carriers.base import InboundText, MediaItem
from log_setup import trace_without_words
from messages.catalogue import Pack, shipped_pack
from models.alert import Alert
from models.client import find_client
from models.clinic import list_clinics
from models.consent_event import ConsentEvent, consent_state
from models.conversation import Conversation, find_conversation
from models.database import Database
from models.message import Message
from tests.support.engines import open_test_database
from tests.support.factories import (
    CLIENT_NUMBER,
    NOON,
    OUR_NUMBER,
    make_client,
    make_clinic,
    make_consent,
    make_conversation,
    make_on_call,
    make_visit,
)

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
NO_VOCABULARY = cast(Vocabulary, None)  # a scripted router reads no words
OPT_OUT_KEY = b"a key that is kept apart"
WHY = "Because the test says so."
PHOTO = (MediaItem(0, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", "image/jpeg"),)


def decides(action: Action, *intents: str, rule: Rule = Rule.FAQ, **values: object) -> Decision:
    """A decision as the router would hand it over."""
    return Decision(action=action, intents=intents, reason=Reason(rule=rule, note=WHY), **values)  # type: ignore[arg-type]


ASKS_EXERCISE = decides(Action.ANSWER, "exercise")
ASKS_PERSON = decides(Action.ESCALATE, rule=Rule.PERSON)
ASKS_PERSON_TODAY = decides(Action.ESCALATE, rule=Rule.PERSON, urgency=Urgency.TODAY)
SAYS_THANKS = decides(Action.ACK, rule=Rule.COURTESY)
SAYS_STOP = decides(Action.OPTOUT, rule=Rule.CONSENT)
SAYS_START = decides(Action.OPTIN, rule=Rule.CONSENT)
ASKS_HELP = decides(Action.HELP, rule=Rule.HELP)
CANNOT_BREATHE = decides(Action.EMERGENCY, rule=Rule.RED_FLAG, urgency=Urgency.NOW, emergency="emergency")


@dataclass
class Line:
    """One clinic's numbers, as the world texts them. `contexts` are what the scripted router was told."""

    database: Database
    pack: Pack
    all_approved: bool = True
    public_url: str = "https://clinic.example"
    contexts: list[Context] = field(default_factory=list)

    def text(
        self,
        body: str = "hello",
        decision: Decision | Exception | None = None,
        *,
        at: datetime = NOON,
        number: str = CLIENT_NUMBER,
        to: str = OUR_NUMBER,
        media: Sequence[MediaItem] = (),
        sid: str | None = None,
        **fields: object,
    ) -> int | None:
        """One text comes in; the id of its row, None for a repeat. Without a decision the real router reads it."""
        sid = sid or ("MM" if media else "SM") + token_hex(16)
        inbound = InboundText(sid, number, to, body, media=tuple(media), **fields)  # type: ignore[arg-type]
        with self.database.write() as session:
            message = handle_inbound(session, inbound, at, voice=self._voice(decision))
            return message.id if message else None

    def _voice(self, decision: Decision | Exception | None) -> Voice:
        if decision is None:
            return self._with(shipped_vocabulary())

        def scripted(_text: str, context: Context, _vocabulary: Vocabulary) -> Decision:
            self.contexts.append(context)
            if isinstance(decision, Exception):
                raise decision
            return decision

        return replace(self._with(NO_VOCABULARY), decide=scripted)

    def _with(self, vocabulary: Vocabulary) -> Voice:
        return Voice(
            self.pack,
            vocabulary,
            all_approved=self.all_approved,
            public_url=self.public_url,
            opt_out_key=OPT_OUT_KEY,
        )

    def sent(self, number: str = CLIENT_NUMBER) -> list[Message]:
        """What is on its way to a number, oldest first."""
        return [row for row in self.rows(number) if row.direction == "outbound" and row.state == "queued"]

    def topics(self, number: str = CLIENT_NUMBER) -> list[str | None]:
        """The topics of what is on its way to a number."""
        return [row.topic for row in self.sent(number)]

    def rows(self, number: str = CLIENT_NUMBER) -> list[Message]:
        """Every text to and from a number."""
        with self.database.read() as session:
            question = select(Message).where(Message.their_number == number).order_by(Message.id)
            return list(session.scalars(question))

    def conversation(self, number: str = CLIENT_NUMBER) -> Conversation:
        """The conversation with a number."""
        with self.database.read() as session:
            return session.execute(select(Conversation).where(Conversation.number == number)).scalar_one()

    def alerts(self) -> list[Alert]:
        """Every alert, oldest first."""
        with self.database.read() as session:
            return list(session.scalars(select(Alert).order_by(Alert.id)))

    def consent_changes(self, number: str = CLIENT_NUMBER) -> list[tuple[str, str]]:
        """(change, scope) of every consent event of a number, oldest first."""
        with self.database.read() as session:
            question = (
                select(ConsentEvent)
                .join(Conversation, Conversation.id == ConsentEvent.conversation_id)
                .where(Conversation.number == number)
            )
            return [(row.change, row.scope) for row in session.scalars(question.order_by(ConsentEvent.id))]

    def is_stopped(self, number: str = CLIENT_NUMBER) -> bool:
        """Whether the number has opted out."""
        with self.database.read() as session:
            return consent_state(session, self.conversation(number).id).is_stopped


def quieten_log() -> None:
    """Short lines without a word of a client; structlog's own default draws every local variable, for seconds."""
    structlog.configure(processors=[trace_without_words, KeyValueRenderer()])


def open_line(folder: Path, **clinic_values: Any) -> Line:
    """A clinic with one on-call phone and nobody on file."""
    quieten_log()
    line = Line(open_test_database(folder), shipped_pack())
    with line.database.write() as session:
        clinic = make_clinic(session, **clinic_values)
        make_on_call(session, clinic)
    return line


def open_own_line(folder: Path) -> Line:
    """The same where the carrier confirms nothing, with one client on file."""
    line = open_line(folder, opt_out_mode="self")
    enrol(line)
    return line


def enrol(line: Line, *, name: str = "Ana", number: str = CLIENT_NUMBER, **values: Any) -> int:
    """A client who agreed to care texts; her id. A second one on the same number joins the conversation."""
    with line.database.write() as session:
        clinic = list_clinics(session)[0]
        conversation = find_conversation(session, clinic_id=clinic.id, number=number)
        if conversation is None:
            conversation = make_conversation(session, clinic, number=number)
            make_consent(session, conversation)
        return make_client(session, conversation, name=name, **values).id


def treat(line: Line, client_id: int, *, ago: timedelta, at: datetime = NOON, **values: Any) -> int:
    """A visit that long before `at`; its id."""
    with line.database.write() as session:
        injected_at = at - ago
        day = injected_at.astimezone(ZoneInfo("America/Chicago")).date()
        return make_visit(
            session, find_client(session, client_id), at=injected_at, local_day=day, **values
        ).id


def ask(line: Line, visit_id: int | None = None, *, step: str = "check_in", at: datetime = NOON) -> None:
    """The check-in was sent and waits for its reply."""
    with line.database.write() as session:
        conversation = session.execute(select(Conversation)).scalar_one()
        conversation.open_question = step
        conversation.open_question_visit_id = visit_id
        conversation.open_question_asked_at = at
