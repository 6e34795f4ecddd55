"""One record of every kind that a dashboard address can name, all of one clinic. Holds no asserts."""

from typing import Any

from models.appointment import Appointment
from models.client import find_client
from models.conversation import Conversation
from models.desk import Picture, SavedReply, TopicPhrase
from models.photo import Photo
from models.planning import treatments_of
from models.staff import OnCall
from models.thread import thread_messages
from tests.support.dashboard import Office
from tests.support.factories import make_alert, make_reminder, make_visit


def fill_office(office: Office) -> dict[str, int]:
    """The ids by the name they have in an address. Every one of them is the first clinic's."""
    with office.database.write() as session:
        thread = session.get_one(Conversation, office.thread_id)
        client, text = find_client(session, office.client_id), thread_messages(session, thread.id)[0]
        visit = make_visit(session, client, at=office.now)
        own = {"clinic_id": office.clinic_id}
        photo = Photo(**own, conversation_id=thread.id, state="failed", created_at=office.now)
        rows: dict[str, Any] = {
            "photo_id": photo,
            "appointment_id": Appointment(
                **own, client_id=client.id, at=office.now, source="phone", created_at=office.now
            ),
            "reply_id": SavedReply(**own, name="Ice", body="A cool cloth.", updated_at=office.now),
            "phrase_id": TopicPhrase(
                **own, topic="bumps", phrase="mosquito bites", added_by="Kim", added_at=office.now
            ),
            "phone_id": OnCall(**own, name="Kim", number="+15735550190", position=1),
            "alert_id": make_alert(session, thread),
            "reminder_id": make_reminder(session, visit, step="check_in", due_at=office.now),
        }
        session.add_all(rows.values())
        session.flush()
        rows["picture_id"] = Picture(**own, name="Ice", photo_id=photo.id, added_at=office.now)
        session.add(rows["picture_id"])
        session.flush()
        ids = {name: row.id for name, row in rows.items()}
        ids["treatment_id"] = treatments_of(session, visit.id)[0].id
        ids["message_id"] = text.id
    ids |= {"thread_id": office.thread_id, "client_id": office.client_id}
    return ids | {"staff_id": office.staff_ids["front_desk"]}
