"""Topics as staff call them, in every template: their titles come from the words pack, ids are never shown."""

from flask import Flask

from dashboard.wording import reason_note
from desk.corrections import ACTIONS
from web.edge import deployment


def install_topic_words(app: Flask) -> None:
    """Give the templates of `app` the filters below."""
    for one in (topic_title, reason_note, reason_words, wanted_words):
        app.add_template_filter(one)


def topic_title(topic_id: str) -> str:
    """What staff call a topic."""
    return deployment().pack.title(topic_id)


def reason_words(note: str) -> str:
    """The router's note as a sentence begins, its topics by title."""
    note = deployment().pack.with_titles(note)
    return f"{note[:1].upper()}{note[1:]}".removesuffix(".")


def wanted_words(wanted: str) -> str:
    """What a correction asked for: an act, or topics by title."""
    return ACTIONS.get(wanted) or " and ".join(topic_title(one) for one in wanted.split("+"))
