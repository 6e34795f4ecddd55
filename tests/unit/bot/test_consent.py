"""Opting out and in: keywords, free words, look-alikes (47 CFR 64.1200(a)(10); facts on the carrier's keywords)."""

import pytest

from bot.decision import Action, Context, Urgency
from tests.support.understanding import decided

KEYWORDS = (
    "STOP",
    "stop.",
    "StopAll",
    "UNSUBSCRIBE",
    "cancel",
    "END",
    "quit",
    "revoke",
    "opt out",
    "OPTOUT",
    "alto",
    "BAJA",
    "parar",
    "🛑",
)


@pytest.mark.parametrize("text", KEYWORDS)
def test_a_keyword_alone_opts_out(text: str) -> None:
    assert decided(text).action is Action.OPTOUT


@pytest.mark.parametrize(
    "text",
    [
        "please take my number off your list",
        "stop texting me",
        "no me manden mas mensajes",
        "i do not want these texts anymore",
        "who is this?? stop messaging me",
        "unsubscirbe me pls",
        "bruise is fine now, please no further messages",
        "i want no messages from anybody",
        "no me vuelvan a mandar mensajes",
        "Stop. Also can I work out tomorrow?",
        "stop, can i wear makeup tho",
        "STOP! how long does botox last",
        "me pueden sacar de esto",
    ],
)
def test_any_reasonable_wording_opts_out(text: str) -> None:
    assert decided(text).action is Action.OPTOUT


@pytest.mark.parametrize(
    "text",
    [
        "can I stop by at noon",
        "cancel my appointment",
        "I quit smoking",
        "can't stop smiling",
        "end of the week?",
        "quit callin me txt instead",
        "take me off ur email list not txt",
        "please don't stop texting me",
        "quiero cancelar mi cita",
        "stop it I look 30!!",
        "stoppp i love it",
        "if I unsubscribe from the plan do I lose my credits",
        "unsubscribe me from the newsletter but keep the texts",
        "only the emails, keep texting me please",
        "shop",
        "how do i make the bruising stop",
        "please make the pain stop",
        "can botox make you stop breathing",
        "ya no quiero botox",
        "no quiero más botox",
        "no more botox for me",
        "remove me from the cancellation list",
        "delete my last message",
        "dont call me, text me",
        "please dont text before 9",
        "unsubscribe from emails not texts",
        "no more emails txts r fine",
        "did yall block me?",
        "I told u no texts while I was over there. u can start them up again",
    ],
)
def test_look_alikes_do_not_opt_out(text: str) -> None:
    assert decided(text).action is not Action.OPTOUT


def test_yes_opts_back_in_only_when_opted_out() -> None:
    assert decided("YES", Context(opted_out=True)).action is Action.OPTIN
    assert decided("YES").action is Action.ACK


@pytest.mark.parametrize("text", ["START", "unstop", "turn my texts back on please", "alta"])
def test_start_opts_in(text: str) -> None:
    assert decided(text).action is Action.OPTIN


def test_stop_beside_a_red_flag_is_an_emergency_that_also_stops() -> None:
    found = decided("stop texting me i cant breathe")

    assert (found.action, found.also_stop, found.urgency) == (Action.EMERGENCY, True, Urgency.NOW)


@pytest.mark.parametrize("text", ["HELP", "info", "ayuda", "what number is this"])
def test_help_is_heard(text: str) -> None:
    assert decided(text).action is Action.HELP
