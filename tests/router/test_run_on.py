"""Two texts in one breath: what one of them says is heard whatever the other says, and nothing is answered over it."""

from functools import partial

import pytest

from bot.decision import Action
from tests.router.made import share_of
from tests.router.run_on import run_on_of
from tests.support.understanding import decided

EACH = 12  # texts of each judge and kind

share = partial(share_of, run_on_of, each=EACH)


def test_an_emergency_in_the_same_breath_is_heard() -> None:
    assert share("emergency", "emergency words") >= 0.95


def test_a_bare_red_flag_in_the_same_breath_is_an_emergency() -> None:
    """Weighed as a whole, of these 86 % were."""
    assert share("red flag", "emergency words") >= 0.92
    assert share("red flag", "answer", "ack", "normal") <= 0.01


def test_an_opt_out_in_the_same_breath_is_heard() -> None:
    """Weighed as a whole, of these 57 % were."""
    assert share("stop", "texts stopped") >= 0.76


def test_few_calm_texts_run_together_alarm_or_opt_out() -> None:
    assert share("calm", "emergency words") <= 0.07
    assert share("calm", "texts stopped") <= 0.01


@pytest.mark.parametrize(
    "flag", ["i wish i was dead", "my throat is closing", "no puedo tragar", "me duele el pecho"]
)
@pytest.mark.parametrize(
    "question",
    [
        "can i go to spin class tonight or should i wait",
        "the left brow sits a bit higher than the right one is that gonna even out",
        "when does it start to work because my wedding is in three weeks",
        "cuando puedo volver al gimnasio y lavarme el pelo",
    ],
)
@pytest.mark.parametrize("joint", [", ", " and ", " "])
def test_a_red_flag_run_on_from_a_question_is_an_emergency(question: str, joint: str, flag: str) -> None:
    assert decided(f"{question}{joint}{flag}").action is Action.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "can i wash my face tonight? also please stop sending me these texts",
        "por favor denme de baja de los mensajes y otra cosa, cuando se ve el resultado",
        "opt me out, and is it normal that the bumps are still there after an hour",
        "I don't want your texts anymore and I want to know how long it lasts",
    ],
)
def test_an_opt_out_beside_a_question_counts_and_a_person_reads_the_rest(text: str) -> None:
    said = decided(text)

    assert said.action is Action.OPTOUT
    assert said.handoff


@pytest.mark.parametrize(
    "text",
    [
        "does it ever stop working all at once or does it fade, and can i stop icing the bumps now",
        "I stopped at the gym on my way home and forgot you said no workouts, did i ruin it",
        "we can stop there with the units, it looks great, when do i come back",
    ],
)
def test_stopping_something_else_beside_a_question_is_no_opt_out(text: str) -> None:
    assert decided(text).action is not Action.OPTOUT


@pytest.mark.parametrize(
    "text",
    [
        "chest day at the gym tonight, yes or no and veo borroso",
        "i paid for smooth and im not smooth and everything is blurry",
        "me puedo poner mis cremas hoy en la noche, si o no me desmayé",
        "Honestly want zero movement next round, go harder, auxilio",
    ],
)
def test_a_no_ends_where_a_new_thought_begins(text: str) -> None:
    """Each of them was answered."""
    assert decided(text).action in (Action.EMERGENCY, Action.ESCALATE)
