"""One's own account: a password, a second factor with codes that work once, keys, sessions."""

import re

import pyotp
import pytest
from flask.testing import FlaskClient

from access.passwords import is_password
from access.sealing import secret_of
from models.installation import machine_now
from models.staff import Staff
from tests.support.accounts import half_signed_in, page, person, with_real_carrier
from tests.support.dashboard import PASSWORD, Office

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "seven green bottles"
CHANGE = {"current": PASSWORD, "new": NEW, "repeated": NEW}


def set_up(office: Office, browser: FlaskClient, **fields: str) -> str:
    """Scan the picture and type the code; the page that comes back."""
    shown = page(browser.get("/account/second-factor"))
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', shown)
    sealed = re.search(r'name="sealed" value="([^"]+)"', shown)
    assert secret
    assert sealed
    with office.database.read() as session:
        code = pyotp.TOTP(secret[1].replace(" ", "")).at(machine_now(session))
    return page(browser.post("/account/second-factor", data={"sealed": sealed[1], "code": code, **fields}))


def test_a_new_password_ends_the_other_sessions(office: Office) -> None:
    here, elsewhere = office.browser("owner"), office.browser("owner")

    answer = here.post("/account/password", data=CHANGE)

    assert answer.status_code == 303
    assert is_password(NEW, person(office, "owner").password_hash)
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"current": "not mine at all"}, "not your present password"),
        ({"new": "short", "repeated": "short"}, "at least 12 characters"),
        ({"repeated": "seven blue bottles"}, "differ"),
        ({"new": "owner@clinic.example", "repeated": "owner@clinic.example"}, "do not use your own name"),
    ],
)
def test_a_wrong_password_form_says_what_to_do(office: Office, wrong: dict[str, str], said: str) -> None:

    text = page(office.browser("owner").post("/account/password", data={**CHANGE, **wrong}), 422)

    assert said.lower() in text.lower()
    assert is_password(PASSWORD, person(office, "owner").password_hash)


def test_a_second_factor_is_set_up_with_codes_shown_once(office: Office) -> None:
    browser = office.browser("clinician")

    shown = set_up(office, browser)

    codes = re.findall(r"<code>([0-9a-f]{8}-[0-9a-f]{8})</code>", shown)
    assert len(codes) == 10
    assert person(office, "clinician").has_second_factor
    assert person(office, "clinician").totp_secret is None  # sealed, never plain
    assert codes[0] not in page(browser.get("/account"))


def test_a_wrong_code_changes_nothing(office: Office) -> None:
    browser = office.browser("clinician")
    sealed = re.search(r'name="sealed" value="([^"]+)"', page(browser.get("/account/second-factor")))
    assert sealed

    text = page(browser.post("/account/second-factor", data={"sealed": sealed[1], "code": "000000"}), 422)

    assert "not right" in text
    assert not person(office, "clinician").has_second_factor


def test_a_secret_of_another_browser_is_refused(office: Office) -> None:
    sealed = re.search(
        r'name="sealed" value="([^"]+)"', page(office.browser("owner").get("/account/second-factor"))
    )
    assert sealed

    answer = office.browser("clinician").post(
        "/account/second-factor", data={"sealed": sealed[1], "code": "1"}
    )

    assert answer.status_code == 303
    assert not person(office, "clinician").has_second_factor


def test_replacing_a_second_factor_asks_for_the_password(office: Office) -> None:
    browser = office.browser("owner")
    set_up(office, browser)
    before = person(office, "owner").totp_sealed
    sealed = re.search(r'name="sealed" value="([^"]+)"', page(browser.get("/account/second-factor")))
    assert sealed

    page(browser.post("/account/second-factor", data={"sealed": sealed[1], "code": "000000"}), 422)

    assert person(office, "owner").totp_sealed == before


@pytest.mark.parametrize("role", ["owner", "clinician"])
def test_who_must_have_a_second_factor_sets_it_up_before_anything_else(office: Office, role: str) -> None:
    with_real_carrier(office)
    browser = half_signed_in(office, role)

    assert browser.get("/").status_code == 302
    assert browser.get("/account").status_code == 302
    set_up(office, browser)
    assert browser.get("/").status_code == 200


def test_a_password_alone_cannot_replace_a_second_factor(office: Office) -> None:
    with_real_carrier(office)
    set_up(office, half_signed_in(office, "owner"))
    thief = half_signed_in(office, "owner")

    assert thief.get("/account/second-factor").status_code == 302
    assert thief.post("/account/second-factor", data={}).status_code == 302


def test_an_owner_keeps_the_second_factor_while_clients_are_real(office: Office) -> None:
    with_real_carrier(office)
    browser = half_signed_in(office, "owner")
    set_up(office, browser)

    page(browser.post("/account/second-factor/off", data={"password": PASSWORD}), 422)

    assert person(office, "owner").has_second_factor


def test_it_is_turned_off_with_the_password_where_the_role_allows(office: Office) -> None:
    browser = office.browser("front_desk")
    set_up(office, browser)

    page(browser.post("/account/second-factor/off", data={"password": "wrong"}), 422)
    assert person(office, "front_desk").has_second_factor
    browser.post("/account/second-factor/off", data={"password": PASSWORD})
    assert person(office, "front_desk").has_second_factor is False


def test_enter_alone_sends_where_the_person_wishes(office: Office) -> None:
    browser = office.browser("front_desk")
    assert 'data-enter="breaks"' in page(browser.get("/"))

    browser.post("/account/keys", data={"single_keys": "1", "enter_sends": "1"})

    assert 'data-enter="sends"' in page(browser.get("/"))


def test_single_keys_are_turned_off(office: Office) -> None:
    browser = office.browser("front_desk")

    browser.post("/account/keys", data={})

    assert 'data-keys="off"' in page(browser.get("/keys"))


def test_signing_out_everywhere_ends_this_browser_too(office: Office) -> None:
    one, other = office.browser("front_desk"), office.browser("front_desk")

    one.post("/account/sign-out-everywhere")

    assert one.get("/").status_code == 302
    assert other.get("/").status_code == 302


def test_a_plain_secret_from_before_is_sealed_when_it_is_used(office: Office) -> None:
    with office.database.write() as session:
        session.get_one(Staff, office.staff_ids["owner"]).totp_secret = SECRET
    browser = half_signed_in(office, "owner")
    with office.database.read() as session:
        code = pyotp.TOTP(SECRET).at(machine_now(session))

    answer = browser.post("/login/code", data={"code": code})

    after = person(office, "owner")
    assert answer.status_code == 302
    assert after.totp_secret is None
    assert secret_of(after, office.here.settings.photo_keys) == SECRET
