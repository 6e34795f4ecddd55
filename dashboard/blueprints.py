"""Which page groups the dashboard has. A new one is a new line here."""

from flask import Blueprint, Flask

from dashboard import (
    alerts,
    attach,
    audit_log,
    client_records,
    clients,
    corrections,
    enrol,
    first_run,
    follow_up,
    gallery,
    inbox,
    keys,
    lock,
    nav,
    not_heard_from,
    own_account,
    photos,
    pictures,
    reminders,
    retreatment_due,
    saved_replies,
    settings,
    sign_in,
    staff_settings,
    static_files,
    thread,
    thread_texts,
    treatments,
    words,
)
from dashboard.error_pages import install_error_pages
from dashboard.guard import install_guard
from dashboard.shell import install_shell
from dashboard.topic_words import install_topic_words

DASHBOARD: tuple[Blueprint, ...] = (
    static_files.blueprint,
    sign_in.blueprint,
    inbox.blueprint,
    nav.blueprint,
    lock.blueprint,
    thread.blueprint,
    thread_texts.blueprint,
    clients.blueprint,
    client_records.blueprint,
    enrol.blueprint,
    treatments.blueprint,
    reminders.blueprint,
    retreatment_due.blueprint,
    not_heard_from.blueprint,
    follow_up.blueprint,
    own_account.blueprint,
    first_run.blueprint,
    settings.blueprint,
    staff_settings.blueprint,
    words.blueprint,
    saved_replies.blueprint,
    corrections.blueprint,
    audit_log.blueprint,
    keys.blueprint,
    alerts.blueprint,
    photos.blueprint,
    gallery.blueprint,
    attach.blueprint,
    pictures.blueprint,
)


def install_dashboard(app: Flask) -> None:
    """Give `app` the dashboard: its pages, its guard and what stands around every page."""
    for blueprint in DASHBOARD:
        app.register_blueprint(blueprint)
    install_guard(app)
    install_shell(app)
    install_topic_words(app)
    install_error_pages(app)
