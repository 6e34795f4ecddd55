"""What is written beside a text: what it was taken for, and why. Plain values for staff and for the records."""

from collections.abc import Mapping

from bot.arrival import Thread
from bot.decision import Action, Decision, Reason
from bot.replies import is_red_flag
from bot.reply import Reply
from messages.catalogue import Words
from models.inbound_text import TEXTED_AT
from outbox.kinds import Kind

KINDS: Mapping[Action, Kind] = {
    Action.ANSWER: Kind.FAQ,
    Action.ESCALATE: Kind.HANDOVER,
    Action.EMERGENCY: Kind.RED_FLAG,
    Action.OPTOUT: Kind.OPT_OUT,
    Action.OPTIN: Kind.OPT_IN,
    Action.HELP: Kind.HELP,
    Action.ACK: Kind.COURTESY,
}


def inbound_kind(decision: Decision) -> Kind:
    """The kind an incoming text is kept as; the gate looks at it when it asks what is being answered."""
    if is_red_flag(decision):
        return Kind.RED_FLAG
    if decision.question_reply is not None and decision.action not in (
        Action.OPTOUT,
        Action.OPTIN,
        Action.HELP,
    ):
        return Kind.QUESTION
    return KINDS[decision.action]


def describe_decision(decision: Decision, thread: Thread) -> dict[str, object]:
    """The decision with its reason, as stored with the text."""
    reason = decision.reason
    stated, texted_at = decision.stated_elapsed, thread.arrival.texted_at
    described: dict[str, object] = {
        "rule": reason.rule.value,
        "note": reason.note,
        "words": list(reason.words),
        "negated": list(reason.negated),
        "margin": margin_of(reason),
        "scores": [list(score) for score in reason.scores],
        "action": decision.action.value,
        "intents": list(decision.intents),
        "handoff": decision.handoff,
        "urgency": decision.urgency.value,
        "emergency": decision.emergency,
        "question_reply": decision.question_reply.value if decision.question_reply else None,
        "visit_id": thread.conversation.open_question_visit_id,
        "third_person": decision.third_person,
        "stated_hours": round(stated.total_seconds() / 3600, 1) if stated is not None else None,
        "also_stop": decision.also_stop,
        "late": thread.arrival.is_late,
        TEXTED_AT: texted_at.isoformat() if texted_at is not None else None,
    }
    return {
        key: value for key, value in described.items() if not (value is None or value is False or value == [])
    }


def margin_of(reason: Reason) -> float | None:
    """How far the best score is ahead of the next, where the decision did not say; None without scores."""
    if reason.margin is not None or not reason.scores:
        return reason.margin
    best, *others = sorted((score for _, score in reason.scores), reverse=True)
    return round(best - max(others, default=0.0), 2)


def describe_words(reply: Reply) -> dict[str, object]:
    """Which variant of each topic was chosen, and the answers nobody approved yet; stored with the text too."""
    described = {"variants": reply.variants, "drafts": [_describe_draft(words) for words in reply.drafts]}
    return {key: value for key, value in described.items() if value}


def _describe_draft(words: Words) -> dict[str, object]:
    """An answer that is not approved yet, for staff to use or to change."""
    return {"topic": words.topic, "language": words.language, "version": words.version, "text": words.text}
