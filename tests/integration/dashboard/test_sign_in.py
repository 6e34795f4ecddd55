"""Signing in: slow for who guesses, silent about who exists, over when it is over, and closed to other sites."""

from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from access.sealing import keep_secret
from access.second_factor import hash_recovery_codes
from access.throttle import MOST_PER_ACCOUNT, MOST_PER_ADDRESS, WINDOW
from dashboard.blueprints import DASHBOARD
from dashboard.fragments import FORM_TOKEN
from models.installation import machine_now
from models.staff import Staff
from models.staff_session import SignInTry
from tests.support.accounts import half_signed_in, person
from tests.support.dashboard import PASSWORD, Office
from web.headers import HEADERS

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OWNER, NOBODY = "owner@clinic.example", "nobody@clinic.example"


def sign_in(browser: FlaskClient, email: str = OWNER, password: str = PASSWORD, **query: str) -> TestResponse:
    return browser.post("/login", data={"email": email, "password": password}, query_string=query)


def words_of(answer: TestResponse, email: str) -> str:
    return FORM_TOKEN.sub("", answer.get_data(as_text=True)).replace(email, "")


def with_second_factor(office: Office) -> None:
    with office.database.write() as session:
        owner = session.get_one(Staff, office.staff_ids["owner"])
        keep_secret(owner, SECRET, office.here.settings.photo_keys)
        owner.recovery_hashes = hash_recovery_codes(["aaaa-bbbb", "cccc-dddd"])


def code_now(office: Office) -> str:
    with office.database.read() as session:
        return pyotp.TOTP(SECRET).at(machine_now(session))


def test_an_unknown_address_a_wrong_password_and_a_former_colleague_get_one_answer(office: Office) -> None:
    with office.database.write() as session:
        session.get_one(Staff, office.staff_ids["clinician"]).disabled_at = office.now
    browser = office.app.test_client()
    tries = ((NOBODY, PASSWORD), (OWNER, "wrong horse"), ("clinician@clinic.example", PASSWORD))

    answers = [
        (answer.status_code, words_of(answer, email))
        for email, word in tries
        for answer in [sign_in(browser, email, word)]
    ]

    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("email", [OWNER, NOBODY])
def test_who_guesses_waits_whether_the_address_exists_or_not(office: Office, email: str) -> None:
    browser = office.app.test_client()
    for _try in range(MOST_PER_ACCOUNT):
        assert sign_in(browser, email, "wrong horse").status_code == 401

    answer = sign_in(browser, email)

    assert answer.status_code == 429
    assert "Wait five minutes" in answer.get_data(as_text=True)


def test_who_guesses_with_many_addresses_waits_too_and_may_try_again_later(office: Office) -> None:
    browser = office.app.test_client()
    with office.database.write() as session:
        machine = machine_now(session)
    for number in range(MOST_PER_ADDRESS // 2):
        sign_in(browser, f"a{number}@clinic.example", "wrong horse")
    with office.database.write() as session:  # the other half, without the wait that hashing costs
        keys = [row.key_hash for row in session.query(SignInTry)]
        address = max(keys, key=keys.count)
        session.add_all(SignInTry(key_hash=address, at=machine) for _ in range(MOST_PER_ADDRESS))

    assert sign_in(browser).status_code == 429
    with office.database.write() as session:
        for row in session.query(SignInTry):
            row.at -= WINDOW + timedelta(minutes=1)
    assert sign_in(browser).status_code == 302


@pytest.mark.parametrize(("behind", "status"), [("127.0.0.1", 302), ("203.0.113.9", 429)])
def test_a_guesser_behind_our_own_proxy_locks_nobody_else_out(
    office: Office, behind: str, status: int
) -> None:
    """The proxy on this machine says who asked; anybody else's word for it counts for nothing."""
    browser = office.app.test_client()
    sent = {"data": {"email": OWNER, "password": "wrong horse"}, "environ_base": {"REMOTE_ADDR": behind}}
    for number in range(MOST_PER_ACCOUNT):
        forged = {"X-Forwarded-For": f"10.0.0.{number}, 198.51.100.7"}
        assert browser.post("/login", headers=forged, **sent).status_code == 401
    assert (
        browser.post("/login", headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.7"}, **sent).status_code
        == 429
    )

    sent["data"] = {"email": OWNER, "password": PASSWORD}
    answer = browser.post("/login", headers={"X-Forwarded-For": "192.0.2.44"}, **sent)

    assert answer.status_code == status


def test_codes_are_guessed_slowly_as_well(office: Office) -> None:
    with_second_factor(office)
    browser = half_signed_in(office, "owner")
    for _try in range(MOST_PER_ACCOUNT):
        assert browser.post("/login/code", data={"code": "000000"}).status_code == 401

    assert browser.post("/login/code", data={"code": code_now(office)}).status_code == 429


def test_a_code_works_once(office: Office) -> None:
    with_second_factor(office)
    code = code_now(office)

    first = half_signed_in(office, "owner").post("/login/code", data={"code": code})
    second = half_signed_in(office, "owner").post("/login/code", data={"code": code})

    assert (first.status_code, second.status_code) == (302, 401)


def test_a_recovery_code_works_once_and_is_gone(office: Office) -> None:
    with_second_factor(office)

    first = half_signed_in(office, "owner").post("/login/code", data={"code": " AAAA-bbbb "})
    again = half_signed_in(office, "owner").post("/login/code", data={"code": "aaaa-bbbb"})

    assert (first.status_code, again.status_code) == (302, 401)
    assert len((person(office, "owner").recovery_hashes or "").split()) == 1


def test_the_password_alone_opens_nothing_where_a_code_is_due(office: Office) -> None:
    with_second_factor(office)
    browser = office.app.test_client()

    assert sign_in(browser).headers["Location"].startswith("/login/code")
    assert browser.get("/").headers["Location"].startswith("/login/code")
    assert browser.get(f"/threads/{office.thread_id}").status_code == 302


def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    browser, thief = office.browser("owner"), office.app.test_client()
    cookie = browser.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    assert thief.get("/").status_code == 200

    answer = browser.post("/logout")

    assert thief.get("/").status_code == 302
    assert "cache" in answer.headers["Clear-Site-Data"]


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(office: Office, target: str) -> None:
    assert sign_in(office.app.test_client(), next=target).headers["Location"] == "/"


def test_who_was_on_the_way_somewhere_arrives_there(office: Office) -> None:
    assert sign_in(office.app.test_client(), next="/clients?q=Ana").headers["Location"] == "/clients?q=Ana"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused(office: Office, site: str) -> None:
    browser = office.browser("owner")

    answer = browser.post(f"/threads/{office.thread_id}/close", headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 403
    assert (
        browser.post(
            f"/threads/{office.thread_id}/close", headers={"Sec-Fetch-Site": "same-origin"}
        ).status_code
        == 303
    )


def test_a_form_without_its_token_is_refused_everywhere(office: Office) -> None:
    office.app.config["WTF_CSRF_ENABLED"] = True
    browser, ours = office.browser("owner"), {blueprint.name for blueprint in DASHBOARD}
    accepted = set()
    for rule in office.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.split(".")[0] in ours:
            values = {
                name: 1 if type(rule._converters[name]).__name__ == "IntegerConverter" else "x"
                for name in rule.arguments
            }
            with office.app.test_request_context():
                address = rule.build(values)[1]  # type: ignore[index]
            if browser.post(address, data={}).status_code != 400:
                accepted.add(address)

    assert not accepted


@pytest.mark.parametrize(
    "address", ["/", "/login", "/clients", "/settings", "/nonsense", "/nav", "/threads/999"]
)
def test_every_answer_carries_the_headers(office: Office, address: str) -> None:
    answer = office.browser("owner").get(address)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "<script>" not in answer.get_data(as_text=True)
    assert " style=" not in answer.get_data(as_text=True)
