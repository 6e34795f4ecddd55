"""That answer was wrong: kept, shown, and a line that no phrase taught later may break."""

import pytest
from sqlalchemy import select

from models.conversation import Conversation
from models.desk import Correction, TopicPhrase
from models.message import Message
from tests.support.accounts import page
from tests.support.dashboard import Office
from tests.support.factories import make_inbound, make_outbound

WORDS = "my nails look funny today"


@pytest.fixture
def text_id(office: Office) -> int:
    """A client's text that the bot answered."""
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        reason = {"action": "answer", "intents": ["bumps"], "note": "asks about: bumps", "words": ["funny"]}
        return make_inbound(session, thread, WORDS, at=office.now, reason=reason).id


def kept(office: Office) -> list[Correction]:
    with office.database.read() as session:
        return list(session.scalars(select(Correction)))


def test_the_page_says_what_was_done_and_why(office: Office, text_id: int) -> None:
    text = page(office.browser().get(f"/texts/{text_id}/correct"))

    assert WORDS in text
    assert "answered it: Small bumps after the visit" in text
    assert "Words that decided: funny" in text


@pytest.mark.parametrize("action", ["person", "emergency", "optout", "ack"])
def test_what_should_have_happened_is_kept(office: Office, text_id: int, action: str) -> None:
    answer = office.browser().post(f"/texts/{text_id}/correct", data={"action": action})

    assert answer.location == f"/threads/{office.thread_id}"
    assert [(row.message_id, row.wanted, row.staff_id) for row in kept(office)] == [
        (text_id, action, office.staff_ids["front_desk"])
    ]


def test_two_topics_are_kept_in_one_order(office: Office, text_id: int) -> None:
    form = {"action": "topics", "topics": ["exercise", "bumps"]}

    office.browser().post(f"/texts/{text_id}/correct", data=form)

    assert [row.wanted for row in kept(office)] == ["bumps+exercise"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Pick what should have happened"),
        ({"action": "nonsense"}, "Pick what should have happened"),
        ({"action": "topics"}, "Pick one topic"),
        ({"action": "topics", "topics": ["exercise", "bumps", "duration"]}, "Pick one topic"),
        ({"action": "topics", "topics": ["emergency"]}, "Pick topics of the list"),
    ],
)
def test_an_unclear_correction_is_refused(
    office: Office, text_id: int, form: dict[str, str | list[str]], said: str
) -> None:
    assert said in page(office.browser().post(f"/texts/{text_id}/correct", data=form), 422)
    assert kept(office) == []


def test_a_phrase_is_taught_by_who_may_edit_words(office: Office, text_id: int) -> None:
    form = {"action": "topics", "topics": "exercise", "phrase": "zumba with mum"}

    page(office.browser().post(f"/texts/{text_id}/correct", data=form), 422)
    assert kept(office) == []
    office.browser("clinician").post(f"/texts/{text_id}/correct", data=form)

    assert [row.added_to_topic for row in kept(office)] == ["exercise"]
    with office.database.read() as session:
        assert session.scalars(select(TopicPhrase.phrase)).all() == ["zumba with mum"]


def test_a_phrase_that_breaks_an_earlier_correction_is_refused_and_names_it(
    office: Office, text_id: int
) -> None:
    office.browser().post(f"/texts/{text_id}/correct", data={"action": "person"})

    text = page(
        office.browser("owner").post("/settings/words/bumps/phrases", data={"phrase": WORDS.upper()}), 422
    )

    assert "must be escalate, would become answer bumps" in text
    assert WORDS in text
    with office.database.read() as session:
        assert session.scalars(select(TopicPhrase)).all() == []


def test_only_clients_texts_of_ones_own_clinic_are_corrected(office: Office, text_id: int) -> None:
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        ours = make_outbound(session, thread, at=office.now).id
        theirs = session.scalars(
            select(Message.id).where(Message.conversation_id == office.other_thread_id)
        ).first()

    for other in (ours, theirs, 99_999):
        page(office.browser().get(f"/texts/{other}/correct"), 404)
        page(office.browser().post(f"/texts/{other}/correct", data={"action": "person"}), 404)
    assert office.browser(None).get(f"/texts/{text_id}/correct").status_code == 302
