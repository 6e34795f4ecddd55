"""Who may sign in: added with a link that works once, changed, disabled at once, never without an owner."""

import re

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.installation import machine_now
from models.staff import Staff, find_staff_by_email
from tests.support.accounts import STRANGER, page, person
from tests.support.dashboard import Office

NEW = {"name": "Bo Nurse", "email": "Bo@Clinic.example", "role": "front_desk", "phone": "573-555-0181"}
CHOSEN = {"new": "seven green bottles", "repeated": "seven green bottles"}


def add(office: Office, **fields: str) -> str:
    """Enter a person; the path of their link."""
    text = page(office.browser("owner").post("/settings/staff", data={**NEW, **fields}))
    found = re.search(r'value="http[^"]*(/account/password/[^"]+)"', text)
    assert found
    return found[1]


@pytest.mark.parametrize("path", ["/settings/staff", "/settings/staff/1"])
@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), ("front_desk", 403), ("clinician", 403), ("owner", 200)]
)
def test_staff_is_for_owners(office: Office, path: str, role: str | None, status: int) -> None:
    assert office.browser(role).get(path).status_code == status


@pytest.mark.parametrize("act", ["", "/disable", "/enable", "/new-password"])
def test_people_of_another_clinic_are_not_found(office: Office, act: str) -> None:
    stranger = office.staff_ids[STRANGER]

    page(office.browser("owner").post(f"/settings/staff/{stranger}{act}", data=NEW), 404)
    page(office.browser("owner").get(f"/settings/staff/{stranger}"), 404)


def test_a_new_person_chooses_a_password_with_a_link_that_works_once(office: Office) -> None:
    link, browser = add(office), office.app.test_client()

    page(browser.post(link, data={**CHOSEN, "repeated": "x"}), 422)
    assert browser.post(link, data=CHOSEN).status_code == 303
    page(browser.get("/"))
    page(office.app.test_client().post(link, data=CHOSEN), 410)
    page(office.app.test_client().get(link), 410)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write something here"),
        ({"email": None}, "Write an e-mail address"),
        ({"email": "OWNER@clinic.example"}, "entered already"),
        ({"phone": "12"}, "is not a phone number"),
        ({"role": "king"}, "Pick a role"),
    ],
)
def test_a_wrong_person_is_refused_and_input_is_kept(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    text = page(office.browser("owner").post("/settings/staff", data={**NEW, **wrong}), 422)

    assert said in text
    assert 'value="573-555-0181"' in text or "phone" in wrong


def test_a_disabled_person_is_out_at_once(office: Office) -> None:
    desk = office.browser("front_desk")

    office.browser("owner").post(f"/settings/staff/{office.staff_ids['front_desk']}/disable")

    assert desk.get("/").status_code == 302


def test_the_last_owner_stays(office: Office) -> None:
    own, owner = office.staff_ids["owner"], office.browser("owner")

    assert "needs an owner" in page(owner.post(f"/settings/staff/{own}/disable"), 422)
    assert "needs an owner" in page(
        owner.post(f"/settings/staff/{own}", data={**NEW, "email": "o@clinic.example", "role": "clinician"}),
        422,
    )

    assert person(office, "owner").role == "owner"
    assert person(office, "owner").disabled_at is None


def test_a_disabled_owner_does_not_count_as_one(office: Office) -> None:
    add(office, role="owner")
    with office.database.write() as session:
        other = find_staff_by_email(session, "bo@clinic.example")
        assert other
        other.disabled_at = machine_now(session)

    page(office.browser("owner").post(f"/settings/staff/{office.staff_ids['owner']}/disable"), 422)


def test_another_role_counts_from_the_next_click(office: Office) -> None:
    desk = office.browser("clinician")
    typed = {"name": "Clinician", "email": "clinician@clinic.example", "role": "front_desk", "phone": ""}

    office.browser("owner").post(f"/settings/staff/{office.staff_ids['clinician']}", data=typed)

    assert person(office, "clinician").role == "front_desk"
    assert desk.get("/settings/words").status_code == 302


def test_a_new_password_ends_the_old_one_and_every_session(office: Office) -> None:
    desk, before = office.browser("front_desk"), person(office, "front_desk").password_hash
    with office.database.write() as session:
        session.get_one(Staff, office.staff_ids["front_desk"]).totp_secret = "A" * 32

    path = f"/settings/staff/{office.staff_ids['front_desk']}/new-password"
    text = page(office.browser("owner").post(path, data={"lost_phone": "1"}))

    assert "/account/password/" in text
    assert desk.get("/").status_code == 302
    after = person(office, "front_desk")
    assert after.password_hash != before
    assert not after.has_second_factor


def test_a_link_of_a_disabled_person_opens_nothing(office: Office) -> None:
    link = add(office)
    with office.database.write() as session:
        someone = find_staff_by_email(session, "bo@clinic.example")
        assert someone
        someone.disabled_at = machine_now(session)

    page(office.app.test_client().post(link, data=CHOSEN), 410)


def test_each_act_is_written_down(office: Office) -> None:
    owner, desk = office.browser("owner"), office.staff_ids["front_desk"]
    add(office)
    owner.post(f"/settings/staff/{desk}/disable")
    owner.post(f"/settings/staff/{desk}/enable")
    owner.post(f"/settings/staff/{desk}/new-password")

    with office.database.read() as session:
        acts = set(session.scalars(select(Audit.action)))
    assert acts >= {"staff_added", "staff_disabled", "staff_enabled", "password_reset"}
