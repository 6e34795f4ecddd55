"""`route` prints each decision with its reason, and knows the phrases a clinic added at the dashboard."""

from datetime import UTC, datetime
from typing import Any

from models.clinic import list_clinics
from models.database import Database
from models.desk import TopicPhrase
from tests.support.command_line import CommandLine

CONTRACT = {"id", "action", "intents", "handoff", "urgency", "ms", "why", "reply", "approved"}


def routed(shell: CommandLine, *words: str) -> dict[str, Any]:
    return shell.must("route", *words).rows[0]


def test_a_decision_is_printed_with_its_reason(shell: CommandLine) -> None:
    found = routed(shell, "can i work out", "--day", "0")

    assert found.keys() == CONTRACT | {"words", "negated", "margin", "scores", "variants"}
    assert "work" in found["words"]
    assert found["variants"] == {"exercise": "within_16h"}
    assert found["margin"] > 0
    assert found["scores"][0][0] == "exercise"


def test_what_was_negated_is_printed(shell: CommandLine) -> None:
    assert "swallowing" in routed(shell, "no trouble swallowing, can i work out", "--day", "0")["negated"]


def add_phrase(shell: CommandLine, phrase: str, topic: str) -> None:
    database = Database(f"sqlite:///{shell.folder}/var/aftercare.db")
    with database.write() as session:
        clinic = list_clinics(session)[0]
        session.add(
            TopicPhrase(
                clinic_id=clinic.id, topic=topic, phrase=phrase, added_by="Kim", added_at=datetime.now(UTC)
            )
        )
    database.close()


def test_a_phrase_added_at_the_dashboard_is_known(shell: CommandLine) -> None:
    assert routed(shell, "glow check", "--day", "3")["intents"] == []
    add_phrase(shell, "glow check", "results_timing")

    found = routed(shell, "Glow check?", "--day", "3")

    assert (found["intents"], found["why"]) == (["results_timing"], "faq: a phrase the clinic added")


def test_the_doctor_names_a_phrase_that_would_be_refused_today(shell: CommandLine) -> None:
    shell.must("client", "list")
    add_phrase(shell, "can i take tylenol", "bruising")

    said = shell.type("doctor").out

    assert "the phrase 'can i take tylenol' asks what is not on the clinic's page (medicine)" in said
    assert "remove it at the desk under Settings, Words" in said
