"""What the bot says: read as a client does, edit, approve, take back; and a clinic's own phrases for a topic."""

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from access.roles import Permission
from dashboard.guard import has_real_carrier, needs
from dashboard.office import Office, at_office, look_around
from desk import clinic_settings, phrases, wording
from desk.forms import FormError
from desk.wording import Shelf, TextKey
from messages.given_fields import given_fields
from messages.topics import Kind
from messages.values import clinic_values
from models.clinic import default_number
from models.desk_words import find_topic_phrase, list_topic_phrases
from web.edge import deployment, found

blueprint = Blueprint("words", __name__, url_prefix="/settings/words")
GROUPS = (
    (Kind.FAQ, "Answers", "what a client gets when a question is one that the clinic's page answers"),
    (Kind.REMINDER, "Planned texts", "what leaves by itself after a visit"),
    (Kind.EMERGENCY, "Emergency", "what a client in danger is told at once"),
    (Kind.SYSTEM, "Everything else", "greetings, hand-over, STOP and START, texts to your own phones"),
)
WHEN = {
    "within_16h": "In the first 16 hours",
    "before_day_14": "After that, before day 14",
    "day_14_21": "Day 14 to 21",
    "later": "After day 21",
    "no_treatment": "No visit on file",
    "any": "At any other time",
}
LANGUAGES = {"en": "English", "es": "Spanish"}


@blueprint.get("")
@needs(Permission.EDIT_WORDS)
def index() -> ResponseReturnValue:
    """Every topic by group, with what waits for a name."""
    return _index_page()


@blueprint.post("/confirm-emergency")
@needs(Permission.APPROVE_WORDS)
def confirm_emergency() -> ResponseReturnValue:
    """A clinician's name under the emergency words."""
    try:
        with at_office() as office:
            clinic_settings.confirm_emergency_words(
                office.session,
                office.clinic,
                name=request.form.get("name", ""),
                by=office.by,
                now=office.now,
            )
    except FormError as error:
        return _index_page(error.errors), 422
    flash("The name stands under the emergency words.")
    target = "first_run.show" if request.form.get("back") == "first_run" else ".index"
    return redirect(url_for(target), 303)


@blueprint.get("/<topic>")
@needs(Permission.EDIT_WORDS)
def show(topic: str) -> ResponseReturnValue:
    """One topic: its texts in both languages side by side, and its phrases."""
    return _topic_page(topic)


@blueprint.get("/<topic>/<language>/<variant>")
@needs(Permission.EDIT_WORDS)
def edit(topic: str, language: str, variant: str) -> ResponseReturnValue:
    """The form of one text, with its history."""
    return _edit_page(_known(topic, language, variant))


@blueprint.post("/<topic>/<language>/<variant>")
@needs(Permission.EDIT_WORDS)
def save(topic: str, language: str, variant: str) -> ResponseReturnValue:
    """The clinic's own wording, approved where the person says so."""
    key, written = _known(topic, language, variant), request.form.get("text", "")
    try:
        with at_office() as office:
            approve_it = request.form.get("approve") == "1"
            wording.save_edit(
                office.session,
                office.clinic,
                _shelf(office),
                key,
                written,
                approve=approve_it,
                by=office.by,
                now=office.now,
            )
    except FormError as error:
        return _edit_page(key, written, error.errors), 422
    flash("Saved." if approve_it else "Saved. With real clients a person answers until it is approved.")
    return redirect(url_for(".show", topic=topic), 303)


@blueprint.post("/<topic>/<language>/<variant>/approve")
@needs(Permission.APPROVE_WORDS)
def approve(topic: str, language: str, variant: str) -> ResponseReturnValue:
    """One's name under what stands."""
    key, seen = _known(topic, language, variant), request.form.get("version", "")

    def sign(office: Office) -> None:
        shelf = _shelf(office)
        wording.approve(office.session, office.clinic, shelf, key, seen=seen, by=office.by, now=office.now)
        flash("Approved.")

    return _change(topic, sign)


@blueprint.post("/<topic>/<language>/<variant>/revert")
@needs(Permission.EDIT_WORDS)
def revert(topic: str, language: str, variant: str) -> ResponseReturnValue:
    """The original words again."""
    key = _known(topic, language, variant)

    def take_back(office: Office) -> None:
        shelf = _shelf(office)
        wording.revert(office.session, office.clinic, shelf, key, by=office.by, now=office.now)
        flash("The original words stand again. Yours are kept in the history.")

    return _change(topic, take_back)


@blueprint.post("/<topic>/phrases")
@needs(Permission.EDIT_WORDS)
def add_phrase(topic: str) -> ResponseReturnValue:
    """A phrase that this topic answers, unless it would break something that works."""

    def add(office: Office) -> None:
        phrases.add_phrase(
            office.session,
            office.clinic,
            topic=topic,
            phrase=request.form.get("phrase", ""),
            vocabulary=deployment().vocabulary,
            by=office.by,
            now=office.now,
        )
        flash("Added. Nothing that worked before changes.")

    _known_topic(topic)
    return _change(topic, add)


@blueprint.post("/<topic>/phrases/<int:phrase_id>/remove")
@needs(Permission.EDIT_WORDS)
def remove_phrase(topic: str, phrase_id: int) -> ResponseReturnValue:
    """Forget a phrase."""

    def remove(office: Office) -> None:
        row = found(find_topic_phrase(office.session, clinic_id=office.clinic.id, phrase_id=phrase_id))
        if row.topic != topic:
            abort(404)
        phrases.remove_phrase(office.session, row, by=office.by, now=office.now)
        flash("Removed.")

    return _change(topic, remove)


def _change(topic: str, change: Callable[[Office], None]) -> ResponseReturnValue:
    try:
        with at_office() as office:
            change(office)
    except FormError as error:
        return _topic_page(topic, error.errors), 422
    return redirect(url_for(".show", topic=topic), 303)


def _shelf(office: Office) -> Shelf:
    pack = deployment().pack
    number = default_number(office.session, office.clinic.id).number
    values = {
        language: clinic_values(office.clinic, number, now=office.now, language=language)
        for language in pack.languages
    }
    return wording.open_shelf(
        office.session, office.clinic, pack, values, all_approved=not has_real_carrier()
    )


def _known_topic(topic: str) -> str:
    return topic if topic in deployment().pack.topics else abort(404)


def _known(topic: str, language: str, variant: str) -> TextKey:
    key = TextKey(topic, language, variant)
    return key if wording.has_text(deployment().pack, key) else abort(404)


def _render(template: str, **context: object) -> str:
    return render_template(
        template,
        page="settings",
        section="words",
        when=WHEN,
        languages=LANGUAGES,
        real_carrier=has_real_carrier(),
        **context,
    )


def _index_page(errors: Mapping[str, str] | None = None) -> str:
    with look_around() as office:
        shelf = _shelf(office)
        views = [wording.read_topic(shelf, topic) for topic in shelf.pack.topics.values()]
    groups = [
        (title, meaning, [view for view in views if view.topic.kind is kind])
        for kind, title, meaning in GROUPS
    ]
    waiting = sum(view.unapproved for view in views)
    return _render("words.html", groups=groups, waiting=waiting, errors=errors or {}, typed=request.form)


def _topic_page(topic: str, errors: Mapping[str, str] | None = None) -> str:
    found = deployment().pack.topics[_known_topic(topic)]
    with look_around() as office:
        view = wording.read_topic(_shelf(office), found)
        own_phrases = list_topic_phrases(office.session, office.clinic.id, topic)
    return _render(
        "words_topic.html", view=view, phrases=own_phrases, errors=errors or {}, typed=request.form
    )


def _edit_page(key: TextKey, written: str | None = None, errors: Mapping[str, str] | None = None) -> str:
    with look_around() as office:
        shelf = _shelf(office)
        return _render(
            "words_edit.html",
            text=wording.read_text(shelf, key),
            topic=shelf.pack.topics[key.topic],
            original=shelf.pack.unrendered(key.topic, key.language, key.variant),
            written=written,
            history=wording.history(office.session, office.clinic, key),
            fields=given_fields(shelf.pack.topics[key.topic]),
            errors=errors or {},
        )
