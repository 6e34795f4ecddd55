"""Ready answers beside a conversation: only what a page of the clinic answers."""

import pytest

import desk.suggestions
from bot.decision import Action, Decision, Reason, Rule
from desk.suggestions import suggest_answers
from messages.catalogue import shipped_pack
from models.conversation import Conversation
from tests.support.dashboard import Office
from tests.support.understanding import vocabulary


@pytest.mark.parametrize("likeliest", ["stop", "emergency", "clinical_other", "other"])
def test_what_no_page_answers_is_never_suggested(
    office: Office, likeliest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = Reason(Rule.PERSON, "second opinion", scores=((likeliest, 0.6), ("bruising", 0.3)))
    unsure = Decision(Action.ESCALATE, reason, handoff=True)
    monkeypatch.setattr(desk.suggestions, "decide", lambda *_: unsure)

    with office.database.read() as session:
        thread = session.get_one(Conversation, office.thread_id)
        found = suggest_answers(session, thread, pack=shipped_pack(), vocabulary=vocabulary(), now=office.now)

    assert [suggestion.label for suggestion in found] == [shipped_pack().title("bruising")]
