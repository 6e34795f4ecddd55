"""`demo`: fill the simulated clinic with clients on several days and some texts. Never with a real carrier.

Everybody has a number from the range reserved for fiction (555-01xx).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from bot.conversation import handle_inbound
from carriers.base import InboundText
from cli.arguments import Options, Parser, add_clinic
from cli.desk import Desk
from cli.mistake import Mistake
from clock import now
from messages.clinic_edits import load_edits
from models.client import Client
from models.clinic import Clinic, default_number
from models.conversation import find_conversation
from models.staff import OnCall, list_on_call
from scheduler.catching_up import voice_of
from scheduler.enrolment import NewClient, enrol
from scheduler.visits import NewTreatment, add_treatment

ACTOR = "demo"
ON_CALL = "+15735550190"


@dataclass(frozen=True, slots=True)
class Person:
    """One invented client. `treated` ago; `texts` come now, one after the other."""

    name: str
    number: str
    treated: timedelta | None
    texts: tuple[str, ...] = ()
    promo: bool = True
    language: str = "en"


def _days(days: int, hours: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


PEOPLE = (
    Person("Maya Torres", "+15735550111", _days(0, 2), ("Can I go to spin class tonight?",)),
    Person("Jenna Cole", "+15735550112", _days(1, 1), ("little bumps where you injected, normal?",)),
    Person("Priya Shah", "+15735550113", _days(5), ("one brow is higher than the other",)),
    Person("Lucía Méndez", "+15735550114", _days(9), ("¿cuándo se ven los resultados?",), language="es"),
    Person("Dana Whitfield", "+15735550115", _days(13, 20), promo=False),
    Person("Erin Park", "+15735550116", _days(16), ("still uneven, can I come in?",)),
    Person("Tess Novak", "+15735550117", _days(40), ("how long does this last?", "thanks!")),
    Person("Olivia Reyes", "+15735550118", _days(88)),
    Person("Hannah Blake", "+15735550119", _days(3), ("my throat feels tight and I can't swallow",)),
    Person("Rosa Klein", "+15735550120", None, ("Do you have anything open next week?",)),
)
STRANGER = ("+15735550121", "Hi, is this the clinic?")


def describe(parser: Parser) -> None:
    """No words but the clinic."""
    add_clinic(parser)
    parser.set_defaults(act=fill)


def fill(desk: Desk, options: Options) -> None:
    """Enter everybody, then let them text. All or nothing. Raises Mistake with a real carrier or a second time."""
    if not desk.is_simulated:
        raise Mistake("demo works only with CARRIER=simulated: it invents clients")
    with desk.writing(options) as (session, clinic):
        if find_conversation(session, clinic_id=clinic.id, number=PEOPLE[0].number):
            raise Mistake("the demo clients are here already")
        moment = now(session)
        _add_on_call(session, clinic)
        for person in PEOPLE:
            _enter(desk, session, clinic, person, moment)
        texts = [(person.number, text) for person in PEOPLE for text in person.texts]
        for number, text in [*texts, STRANGER]:
            _text_in(desk, session, clinic, number, text)
    print(f"{len(PEOPLE)} clients and {len(texts) + 1} texts are here; look at them: app.py inbox list")


def _add_on_call(session: Session, clinic: Clinic) -> None:
    if not list_on_call(session, clinic.id):
        session.add(OnCall(clinic_id=clinic.id, name="Demo on-call phone", number=ON_CALL, position=1))


def _enter(desk: Desk, session: Session, clinic: Clinic, person: Person, moment: datetime) -> None:
    who = NewClient(
        name=person.name,
        number=person.number,
        care=True,
        promo=person.promo,
        how="demo",
        by=ACTOR,
        language=person.language,
    )
    edits = load_edits(session, clinic.id, all_approved=True)
    client = enrol(
        session, clinic, who, pack=desk.pack, now=moment, opt_out_key=desk.settings.opt_out_key, edits=edits
    )
    if person.treated is not None:
        _treat(desk, session, client, moment - person.treated, moment)


def _treat(desk: Desk, session: Session, client: Client, at: datetime, moment: datetime) -> None:
    new = NewTreatment(at, "neuromodulator")
    add_treatment(session, client, new, by=ACTOR, actor=ACTOR, rules=desk.pack.plan, now=moment)


def _text_in(desk: Desk, session: Session, clinic: Clinic, number: str, text: str) -> None:
    inbound = InboundText(
        sid=f"SM{uuid4().hex}",
        from_number=number,
        to_number=default_number(session, clinic.id).number,
        body=text,
    )
    handle_inbound(session, inbound, now(session), voice=voice_of(desk.deployment))
