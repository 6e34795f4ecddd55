"""Clients, treatments, reminders and appointments from the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.command_line import CommandLine

PHONE = "573-555-0142"
E164 = "+15735550142"


def enrol(shell: CommandLine, *, name: str = "Ana Lopez", consent: str = "care,promo") -> None:
    shell.must("client", "add", "--name", name, "--phone", PHONE, "--consent", consent)


def tomorrow_at(hour: int) -> str:
    day = datetime.now().date() + timedelta(days=1)
    return f"{day.isoformat()}T{hour:02}:10"


def test_a_new_client_is_listed_and_gets_one_confirmation(shell: CommandLine) -> None:
    enrol(shell)

    client = shell.must("client", "list", "--json").rows[0]
    texts = shell.must("messages", "list", "--json").rows
    assert (client["name"], client["phone"], client["consent"]) == ("Ana Lopez", E164, "care,promo")
    assert [(text["phone"], text["direction"], text["kind"], text["status"]) for text in texts] == [
        (E164, "outbound", "consent", "queued")
    ]


def test_a_client_without_consent_gets_no_text(shell: CommandLine) -> None:
    enrol(shell, consent="none")

    assert shell.must("messages", "list", "--json").rows == []
    assert shell.must("client", "list", "--json").rows[0]["consent"] == "none"


def test_a_treatment_prints_and_lists_the_five_planned_steps(shell: CommandLine) -> None:
    enrol(shell)

    said = shell.must("treatment", "add", "--phone", PHONE, "--product", "botox", "--at", tomorrow_at(9))

    steps = shell.must("reminders", "list", "--json").rows
    assert "Ana Lopez" in said.out
    assert "exercise_over" in said.out
    assert [step["step"] for step in steps] == [
        "aftercare_now",
        "exercise_over",
        "check_in",
        "retreatment",
        "retreatment_again",
    ]
    assert all(step["phone"] == E164 for step in steps)
    assert all(datetime.fromisoformat(step["due_at"]).utcoffset() is not None for step in steps)


def test_json_lines_hold_what_the_contract_names(shell: CommandLine) -> None:
    enrol(shell)
    shell.must("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))

    reminder = shell.must("reminders", "list", "--json").rows[0]
    text = shell.must("messages", "list", "--json").rows[0]
    assert {"phone", "step", "status", "due_at", "reason"} <= reminder.keys()
    assert {"phone", "direction", "body", "status", "kind", "carrier_id", "created_at"} <= text.keys()


def test_correcting_a_treatment_moves_its_steps(shell: CommandLine) -> None:
    enrol(shell)
    shell.must("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))
    before = shell.must("reminders", "list", "--json").rows[1]["earliest_at"]

    shell.must("treatment", "correct", "1", "--at", tomorrow_at(12))

    after = shell.must("reminders", "list", "--json").rows[1]["earliest_at"]
    moved = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert moved == timedelta(hours=3)


def test_cancelling_a_treatment_cancels_its_steps(shell: CommandLine) -> None:
    enrol(shell)
    shell.must("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))

    shell.must("treatment", "cancel", "1")

    assert {step["status"] for step in shell.must("reminders", "list", "--json").rows} == {"cancelled"}


def test_a_step_can_be_held_released_and_cancelled(shell: CommandLine) -> None:
    enrol(shell)
    shell.must("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))

    def status() -> str:
        return str(shell.must("reminders", "list", "--json").rows[2]["status"])

    shell.must("reminders", "hold", "3", "--by", "Sam")
    assert status() == "held"
    shell.must("reminders", "release", "3")
    assert status() == "planned"
    shell.must("reminders", "cancel", "3", "--by", "Sam")
    assert status() == "cancelled"


def test_an_appointment_closes_the_second_retreatment_text(shell: CommandLine) -> None:
    enrol(shell)
    shell.must("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))
    in_two_months = (datetime.now() + timedelta(days=60)).date().isoformat()

    shell.must("appointment", "add", "--phone", PHONE, "--at", f"{in_two_months}T10:00")

    again = shell.must("reminders", "list", "--json").rows[-1]
    assert (again["step"], again["status"]) == ("retreatment_again", "skipped")
    assert len(shell.must("appointment", "list", "--json").rows) == 1


def test_two_clients_on_one_number_need_a_name(shell: CommandLine) -> None:
    enrol(shell, name="Ana Lopez")
    enrol(shell, name="Bo Lopez")
    words = ("treatment", "add", "--phone", PHONE, "--product", "tox", "--at", tomorrow_at(9))

    refused = shell.type(*words)
    accepted = shell.type(*words, "--client", "bo lopez")

    assert refused.code == 1
    assert "--client" in refused.err
    assert accepted.code == 0
    assert "Bo Lopez" in accepted.out


TREATED = ("treatment", "add", "--phone", PHONE, "--product", "tox", "--at")
MISTAKES = (
    (("client", "add", "--name", "Bo", "--phone", "555", "--consent", "care"), "not a phone number"),
    (("client", "add", "--name", "Bo", "--phone", "573-555-0143", "--consent", "all"), "care,promo or none"),
    (("client", "add", "--name", "Bo", "--phone", "573-555-0100", "--consent", "care"), "own texting number"),
    (("client", "add", "--name", "Ana Lopez", "--phone", PHONE, "--consent", "care"), "already"),
    ((*TREATED, "tomorrow"), "2026-03-02T14:10"),
    ((*TREATED, "2026-03-02"), "no time of day"),
    ((*TREATED, "2026-03-08T02:30"), "does not exist"),
    ((*TREATED, "2026-11-01T01:30"), "happens twice"),
    (("treatment", "add", "--phone", PHONE, "--product", "Restylane", "--at", "2026-03-02T14:10"), "Botox"),
    (
        ("treatment", "add", "--phone", "573-555-0177", "--product", "tox", "--at", "2026-03-02T14:10"),
        "client add",
    ),
    (
        (
            "treatment",
            "add",
            "--phone",
            PHONE,
            "--client",
            "Zoe",
            "--product",
            "tox",
            "--at",
            "2026-03-02T14:10",
        ),
        "Zoe",
    ),
    (("treatment", "correct", "99", "--at", "2026-03-02T14:10"), "no treatment 99"),
    (("reminders", "hold", "99"), "no reminder 99"),
    (("appointment", "add", "--phone", PHONE, "--at", "2020-03-02T14:10"), "ahead"),
    (("alert", "ack", "K7", "--by", "Sam"), "no open alert"),
    (("client", "list", "--clinic", "Nowhere"), "Demo Clinic"),
    (("route", "hello", "--day", "3", "--at", "2026-03-02T14:10"), "--day already"),
)


def test_each_mistake_is_one_plain_line_with_its_cure(shell: CommandLine) -> None:
    enrol(shell)

    for words, cure in MISTAKES:
        said = shell.type(*words)
        assert said.code == 1, words
        assert len(said.err.splitlines()) == 1, said.err
        assert cure in said.err, said.err
        assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "words", [("nonsense",), ("client",), ("client", "add"), ("treatment", "correct", "x")]
)
def test_words_that_are_not_understood_are_one_line_and_code_2(
    shell: CommandLine, words: tuple[str, ...]
) -> None:
    said = shell.type(*words)

    assert said.code == 2
    assert len(said.err.splitlines()) == 1


def test_a_treatment_far_ahead_is_taken_with_a_word_of_doubt(shell: CommandLine) -> None:
    shell.must("client", "add", "--name", "Ana", "--phone", PHONE, "--consent", "care")
    year = datetime.now(UTC).year + 1

    said = shell.must(
        "treatment", "add", "--phone", PHONE, "--product", "botox", "--at", f"{year}-12-30T12:00"
    )

    assert "days ahead; if it is a slip" in said.err
    assert len(said.err.splitlines()) == 1


def test_an_open_question_nobody_asks_is_refused(shell: CommandLine) -> None:
    said = shell.type("route", "2", "--asked", "nope")

    assert (said.code, said.out) == (1, "")
    assert "write one of: aftercare_now" in said.err
