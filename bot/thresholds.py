"""From which probabilities the second opinion counts: one table of numbers. Pure; bot.combining acts on it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which the opinion counts, chosen on authors it was not learnt from (docs/router.md)."""

    alarm: float = 0.25  # an emergency the rules did not see
    alarm_short: float = 0.2  # the same in a short text
    alarm_lid: float = 0.85  # the same where an eyelid is spoken of and no other symptom was seen
    keep: float = 0.12  # a red flag of the rules stands from here on
    keep_sentence: float = 0.3  # the same where its sentence alone reads like one
    keep_clause: float = 0.05  # the same of what stands between commas and is hardly more than the symptom
    alone: float = 0.2  # an emergency, of a symptom and the few words next to it
    look: float = 0.015  # below the alarm: neither answered nor acknowledged, a person
    look_sure: float = 0.04  # the same where one topic is very likely
    look_sentence: float = (
        0.025  # the same in one sentence of several, or in a symptom and the words next to it
    )
    look_today: float = 0.1  # the person looks today
    look_now: float = 0.2  # and at once
    stop: float = 0.08  # an opt-out the rules did not see, from here on and from this share of all classes on
    stop_short: float = 0.5  # the same in a short text
    stop_share: float = 0.35
    stop_story: float = (
        0.8  # an opt-out in a very long text, of its likeliest sentence, whatever the rules say of it
    )
    stop_alone: float = 0.5  # an opt-out, of the words the rules take for one and the few next to them
    stop_sentence: float = 0.8  # an opt-out the rules did not see, in one sentence of several
    look_stop: float = 0.2  # below that a person looks: neither answered nor acknowledged
    stop_beside: float = 0.65  # an opt-out of the rules beside a doubtful red flag
    no_stop: float = 0.15  # an opt-out in many words is doubted below this
    no_stop_share: float = 0.3  # and where something else is likelier by so much
    no_stop_first: float = 0.02  # the same where the text begins with the bare keyword: "Stop. Also …"
    stop_sure: float = 0.9  # even where some words speak for keeping texts
    # no opt-out by words where this much speaks for an emergency; from `look` on a person sees it
    stop_danger: float = 0.4
    stop_unseen_danger: float = 0.1  # the same of an opt-out the rules did not see
    topic: float = 0.55  # a topic is answered from here on
    topic_itself: float = (
        0.25  # and where it is this likely by itself: of what reads like nothing a person sees all
    )
    topic_sure: float = 0.85
    topic_kept: float = 0.55  # a topic of the rules stands from here on
    both_kept: float = 0.35  # two topics of the rules, each
    both: float = 0.7  # each of two topics by itself, for both to be answered; `both_kept` of the whole too
    danger: float = 0.3  # nothing is answered where this much speaks for a clinical question or an emergency


THRESHOLDS = Thresholds()
