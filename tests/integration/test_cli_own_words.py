"""`doctor` names the clinic's own words that the editor would refuse today."""

from datetime import UTC, datetime

import pytest

from models.clinic import list_clinics
from models.database import Database
from models.template_version import TemplateVersion
from tests.support.command_line import CommandLine


def write_words(shell: CommandLine, topic: str, text: str | None) -> None:
    """As an earlier version of the program let it be stored."""
    shell.must("client", "list")
    database = Database(f"sqlite:///{shell.folder}/var/aftercare.db")
    with database.write() as session:
        session.add(
            TemplateVersion(
                clinic_id=list_clinics(session)[0].id,
                topic=topic,
                language="en",
                variant="any",
                text=text,
                version="0",
                base_hash="0",
                edited_by="Kim",
                edited_at=datetime.now(UTC),
            )
        )
    database.close()


def test_own_words_with_a_placeholder_that_is_never_filled_are_named_with_their_cure(
    shell: CommandLine,
) -> None:
    write_words(shell, "handover", "Call {clinic_phone} by {exercise_from}.")

    said = shell.type("doctor")

    assert said.code == 1
    assert "your own words of handover, en, any: {exercise_from} is never filled in here" in said.out
    assert "edit it at the desk under Settings, Words" in said.out


@pytest.mark.parametrize(
    ("topic", "text"),
    [("handover", "Call {clinic_phone}."), ("handover", None), ("a_text_of_old", "{exercise_from}")],
    ids=["well", "the pack's own", "no longer in the pack"],
)
def test_other_words_are_not_named(shell: CommandLine, topic: str, text: str | None) -> None:
    write_words(shell, topic, text)

    assert "your own words" not in shell.type("doctor").out
