"""The audit in plain words: who, what they did, and its note. Pure; one table each."""

from collections.abc import Mapping

from desk.photos import DELETE_REASONS, DOWNLOAD_REASONS

ACTORS = {
    "cli": "command line",
    "client": "the client",
    "demo": "demo data",
    "on_call": "an on-call phone",
    "staff": "staff",
    "system": "the bot",
    "token": "a connected system",
}
ACTIONS = {
    "add picture": "added a picture to the library",
    "alert_acknowledged": "took the alert",
    "alert_closed": "closed the alert",
    "alert_handed_over": "handed the alert to a colleague",
    "alert_opened": "opened an alert",
    "answer_corrected": "said that an answer was wrong",
    "appointment.add": "entered a booked visit",
    "appointment.cancel": "cancelled a booked visit",
    "audit_exported": "exported the audit log",
    "client.details": "changed the client's details",
    "client.erased": "erased the client's records",
    "client.export.pdf": "exported the client's records as PDF",
    "client.export.zip": "exported the client's records with photos",
    "client.merged": "merged two entries of one person",
    "client.number": "changed the client's number",
    "client_added": "enrolled the client",
    "clinic_saved": "changed the clinic's details",
    "consent_granted": "wrote down consent",
    "consent_restarted": "opted in again by START",
    "consent_revoked": "wrote down that consent was taken back",
    "consent_stopped": "opted out by STOP",
    "delete photo": "deleted a photo",
    "demo_link_used": "opened the demo by its link",
    "describe photo": "described a photo",
    "download photo": "downloaded a photo",
    "emergency_words_confirmed": "confirmed the emergency words",
    "follow_up_reopened": "put a follow-up back on the list",
    "followed_up": "marked a client as spoken to",
    "on_call_added": "added an on-call phone",
    "on_call_moved": "changed the order of on-call phones",
    "on_call_removed": "removed an on-call phone",
    "owner_entered": "set up the owner's account",
    "passed the password step": "gave the right password",
    "password_changed": "changed their password",
    "password_chosen": "chose a password",
    "password_reset": "reset a password",
    "photos_blurred": "set whether photos are blurred",
    "phrase_added": "taught a phrase",
    "phrase_removed": "removed a taught phrase",
    "read photo": "looked at a photo",
    "read photos": "looked at the client's photos",
    "read thread": "read the conversation",
    "recovery_codes_renewed": "made new recovery codes",
    "release_hold": "let held automatic texts leave",
    "reminder.cancel": "cancelled a planned text",
    "reminder.hold": "held a planned text",
    "reminder.release": "released a planned text",
    "remove picture": "removed a picture from the library",
    "resume_sending": "let sending resume",
    "retreatment_class": "set what the next-visit text counts as",
    "review_cancelled": "cancelled a text in review",
    "review_marked_sent": "said that a text in review was sent",
    "review_sent_again": "sent a text in review again",
    "saved_reply_removed": "removed a saved reply",
    "saved_reply_saved": "saved a saved reply",
    "second_factor_off": "switched the second step off",
    "second_factor_set": "set up the second step",
    "signed in": "signed in",
    "signed_out_everywhere": "signed out everywhere",
    "staff_added": "added a colleague",
    "staff_changed": "changed a colleague's details",
    "staff_disabled": "closed a colleague's account",
    "staff_enabled": "opened a colleague's account again",
    "staff_role": "changed a colleague's role",
    "test_page_sent": "sent a test alert",
    "text_about": "said whom a text is about",
    "thread.pause": "paused automatic texts",
    "thread.resume": "resumed automatic texts",
    "token_added": "gave a system access",
    "token_revoked": "ended a system's access",
    "treatment.add": "entered a treatment",
    "treatment.cancel": "took back a treatment",
    "treatment.correct": "corrected a treatment",
    "words_approved": "approved words",
    "words_edited": "edited words",
    "words_reverted": "went back to earlier words",
}
THINGS = {"clinic": "the clinic", "audit": "the audit log"}
GONE = "no longer on file"
REASONS: Mapping[str, Mapping[str, str]] = {
    "delete photo": DELETE_REASONS,
    "download photo": DOWNLOAD_REASONS,
}


def actor_name(actor: str, names: Mapping[str, str]) -> str:
    """Who acted: a person's or a system's name, else what they are. "staff:3" is a key of `names`."""
    kind, _, _number = actor.partition(":")
    known = names.get(actor)
    if known is None:
        return ACTORS.get(kind, actor)
    return f"{known} (system)" if kind == "token" else known


def action_words(action: str) -> str:
    """What was done."""
    return ACTIONS.get(action) or action.replace("_", " ").replace(".", " ")


def thing_words(kind: str) -> str:
    """What a record is called that is nobody's, or whose owner is gone."""
    return THINGS.get(kind, GONE)


def note_words(action: str, note: str | None) -> str:
    """The note of an act: a reason in full, "front_desk>owner" as "front desk to owner"."""
    told = REASONS.get(action, {}).get(note or "") or note or ""
    return told.replace(">", " to ").replace("_", " ").replace(",", ", ").replace(",  ", ", ")
