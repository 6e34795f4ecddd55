"""After `restore` nothing goes twice and answers go on (R7): the carrier's log is the judge."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversation import handle_inbound
from bot.decision import Decision
from bot.voice import Voice
from carriers.base import InboundText
from config import Settings
from messages.catalogue import load_pack
from models.clinic import Clinic
from models.consent_event import consent_state
from models.conversation import Conversation
from models.database import Database
from models.installation import installation
from models.message import Message
from models.photo import Photo
from models.reminder import Reminder
from models.staff_session import StaffSession
from outbox.claim import claim
from outbox.closing import release_claim
from outbox.gate import enqueue
from outbox.kinds import Kind
from outbox.missed import find_missed
from outbox.restore import compare_after_restore
from photos.store import PhotoStore
from scheduler.due import enqueue_due
from tests.support.command_line import CommandLine
from tests.support.engines import cluster
from tests.support.factories import CLIENT_NUMBER, NOON, OUR_NUMBER, make_staff
from tests.support.line import ASKS_EXERCISE, CANNOT_BREATHE, SAYS_STOP
from tests.support.postgres import client_programs
from tests.support.put_back import back_up, open_installation, plan, put_back, settings_of, waits
from tests.support.scripted_carrier import make_sender
from tests.support.sending import draft, drain, get, queue, queue_reminder
from tests.support.sending_desk import Desk


@pytest.fixture
def settings(shell: CommandLine) -> Settings:
    return settings_of(shell)


def voice(decision: Decision = SAYS_STOP) -> Voice:
    return Voice(load_pack(), None, all_approved=True, decide=lambda *_: decision)  # type: ignore[arg-type]


def tick(desk: Desk) -> int:
    with desk.database.write() as session:
        return len(enqueue_due(session, desk.clock.at, voice=voice()).enqueued)


def send_reminder(desk: Desk, reminder_id: int) -> None:
    with desk.database.write() as session:
        text = draft(
            desk,
            Kind.REMINDER,
            body="How do you like it?",
            their_number=CLIENT_NUMBER,
            reminder_id=reminder_id,
            client_id=desk.client_id,
            dedupe_key=f"reminder:{reminder_id}",
        )
        enqueue(session, text, now=desk.clock.at)
    drain(desk)


def test_yesterdays_reminder_does_not_leave_twice(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    step = plan(desk_)
    back_up(desk_, settings, shell.folder / "b")
    send_reminder(desk_, step)
    assert get(desk_, Reminder, step).status == "sent"
    desk_.clock.move(hours=20)

    here = put_back(shell, desk_)

    assert get(here, Reminder, step).status == "planned"
    assert (tick(here), drain(here), waits(here.database)) == (0, 0, True)
    assert compare_after_restore(here.database, here.carrier, clocks=here.clock.clocks())
    assert (tick(here), drain(here), waits(here.database)) == (0, 0, False)
    assert get(here, Reminder, step).status == "held"
    assert len(here.carrier.accepted) == 1


def test_answers_alerts_and_stop_work_meanwhile(shell: CommandLine, settings: Settings, desk_: Desk) -> None:
    back_up(desk_, settings, shell.folder / "b")
    here = put_back(shell, desk_)

    queue(here, Kind.FAQ)
    queue(here, Kind.RED_FLAG)
    assert drain(here) == 2
    with here.database.write() as session:
        text = InboundText(f"SM{'1' * 32}", CLIENT_NUMBER, OUR_NUMBER, "STOP")
        handle_inbound(session, text, here.clock.at, voice=voice())
    with here.database.read() as session:
        assert consent_state(session, here.conversation_id).stopped_at is not None
    assert waits(here.database)


def test_a_stop_that_came_after_the_backup_counts_again(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    with desk_.database.write() as session:
        installation(session).created_at = NOON - timedelta(days=1)
    back_up(desk_, settings, shell.folder / "b")
    desk_.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "STOP")

    here = put_back(shell, desk_)

    found = find_missed(here.database, here.carrier, clocks=here.clock.clocks())
    assert [text.body for text in found] == ["STOP"]


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (ASKS_EXERCISE, []),
        (SAYS_STOP, []),
        (CANNOT_BREATHE, [Kind.RED_FLAG]),
    ],
    ids=["question", "stop", "red flag"],
)
def test_what_may_have_been_answered_before_the_restore_is_left_to_a_person_and_only_red_flags_are_told_again(
    shell: CommandLine, settings: Settings, desk_: Desk, decision: Decision, said: list[Kind]
) -> None:
    with desk_.database.write() as session:
        installation(session).created_at = NOON - timedelta(days=1)
    back_up(desk_, settings, shell.folder / "b")
    desk_.carrier.receive(CLIENT_NUMBER, OUR_NUMBER, "whatever it was")
    desk_.clock.move(minutes=20)
    here = put_back(shell, desk_)

    (text,) = find_missed(here.database, here.carrier, clocks=here.clock.clocks())
    with here.database.write() as session:
        handle_inbound(session, text, here.clock.at, voice=voice(decision))

    with here.database.read() as session:
        texts = session.scalars(select(Message.kind).where(Message.direction == "outbound")).all()
        thread = session.get_one(Conversation, here.conversation_id)
    assert [kind for kind in texts if kind != Kind.ALERT] == said
    assert thread.waiting_since is not None


def test_what_waited_in_the_queue_goes_before_a_person_and_emergencies_do_not_wait(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    answer, urgent = queue(desk_, Kind.FAQ), queue(desk_, Kind.RED_FLAG)
    back_up(desk_, settings, shell.folder / "b")
    drain(desk_)

    here = put_back(shell, desk_)
    drain(here)

    assert get(here, Message, answer).state == "review"
    assert get(here, Message, urgent).state == "sent"
    assert [sent.body for sent in here.carrier.sends].count("text faq") == 1


@pytest.mark.parametrize("kind", [Kind.FAQ, Kind.RED_FLAG, Kind.REMINDER])
def test_what_a_worker_had_in_its_hands_is_held_like_what_waited(
    shell: CommandLine, settings: Settings, desk_: Desk, kind: Kind
) -> None:
    """Claimed when the backup was taken, sent a moment later: the lease's end must not queue it again."""
    message_id = queue_reminder(desk_)[0] if kind is Kind.REMINDER else queue(desk_, kind)
    sender = make_sender(desk_.database, desk_.carrier)
    taken = claim(desk_.database, spans=sender.spans, pace=sender.pace, clocks=sender.clocks)
    assert taken is not None
    assert taken.message_id == message_id
    back_up(desk_, settings, shell.folder / "b")
    with desk_.database.write() as session:
        release_claim(session.get_one(Message, message_id), "queued")
    drain(desk_)
    desk_.clock.move(minutes=10)

    here = put_back(shell, desk_)
    drain(here)
    assert compare_after_restore(here.database, here.carrier, clocks=here.clock.clocks())
    drain(here)

    told_again = 1 if kind is Kind.RED_FLAG else 0
    assert len(here.carrier.accepted) == 1 + told_again
    ends = {Kind.FAQ: "review", Kind.RED_FLAG: "sent", Kind.REMINDER: "cancelled"}
    assert get(here, Message, message_id).state == ends[kind]


def test_sign_ins_of_then_do_not_open_the_door_now(
    shell: CommandLine, settings: Settings, desk_: Desk
) -> None:
    with desk_.database.write() as session:
        staff = make_staff(session, session.get_one(Clinic, desk_.clinic_id))
        session.add(StaffSession(staff_id=staff.id, token_hash="h" * 64, created_at=NOON, last_seen_at=NOON))
    back_up(desk_, settings, shell.folder / "b")

    with put_back(shell, desk_).database.read() as session:
        assert session.scalars(select(StaffSession)).one().ended_at is not None


def test_photos_come_back_and_can_be_opened(shell: CommandLine, settings: Settings, desk_: Desk) -> None:
    store = PhotoStore(settings.data_dir / "photos", settings.photo_keys)
    with desk_.database.write() as session:
        photo = Photo(clinic_id=desk_.clinic_id, state="stored", created_at=NOON)
        session.add(photo)
        session.flush()
        photo.stored_name = name = store.put(photo.id, b"a picture")
    back_up(desk_, settings, shell.folder / "b")
    store.delete(name)

    put_back(shell, desk_)

    assert store.get(photo.id, name) == b"a picture"


@pytest.mark.postgres
def test_backup_and_restore_on_postgresql(
    postgres_url: str, shell: CommandLine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{client_programs()}:{os.environ['PATH']}")
    here = replace(settings, database_url=postgres_url)
    desk = open_installation(here)
    step = plan(desk)
    shell.set(DATABASE_URL=postgres_url)
    shell.must("backup", "b")
    send_reminder(desk, step)

    assert "stop them first" in shell.type("restore", "b", "--force").err
    desk.database.close()
    refused = shell.type("restore", "b")
    assert (refused.code, "--force" in refused.err) == (1, True)
    shell.must("restore", "b", "--force")
    empty = cluster().make_database()
    shell.set(DATABASE_URL=cluster().url(empty))
    shell.must("restore", "b")

    for url in (postgres_url, cluster().url(empty)):
        database = Database(url)
        again = replace(desk, database=database)
        assert get(again, Reminder, step).status == "planned"
        assert waits(database)
        assert compare_after_restore(database, desk.carrier, clocks=desk.clock.clocks())
        assert get(again, Reminder, step).status == "held"
        database.close()
    cluster().drop_database(empty)


@pytest.mark.postgres
def test_killed_in_the_middle_on_postgresql_nothing_works_on_it_until_it_is_done_again(
    postgres_url: str, shell: CommandLine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{client_programs()}:{os.environ['PATH']}")
    open_installation(replace(settings, database_url=postgres_url)).database.close()
    shell.set(DATABASE_URL=postgres_url)
    shell.must("backup", "b")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("desk.restore.finish_load", die)
        assert shell.type("restore", "b", "--force").code != 0
    assert shell.type("client", "list").code == 1
    assert "--force" in shell.type("restore", "b").err

    shell.must("restore", "b", "--force")

    assert len(shell.must("client", "list", "--json").rows) == 1
