"""Sixty ways to smuggle script into words that people write, on one page each: nothing runs, all is shown as text."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from models.client import Client
from models.conversation import Conversation
from models.desk import Note, SavedReply
from models.photo import Photo
from tests.support.browser import Site
from tools.demo_clinic import PHOTO_CLIENT

RUN = "window.ran=(window.ran||0)+1"
TAGS = (
    "<script>{run}</script>",
    "<ScRiPt>{run}</sCrIpT>",
    "<script src=data:text/javascript,{run}></script>",
    "<script/x>{run}</script>",
    "<<script>{run}//<</script>",
    "</script><script>{run}</script>",
    "<scr<script>ipt>{run}</scr</script>ipt>",
    "<script type=module>{run}</script>",
    "<script>{run}//",
    "<noscript><p title='</noscript><script>{run}</script>'>",
    "<img src=x onerror={run}>",
    "<img src=x onerror='{run}'>",
    '<img src=x onerror="{run}">',
    "<img/src=x/onerror={run}>",
    "<IMG SRC=x ONERROR={run}>",
    "<img src=`x` onerror={run}>",
    "<img src=x:alert onerror=eval(src)>",
    "<svg onload={run}>",
    "<svg/onload={run}>",
    "<svg><script>{run}</script></svg>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:{run}'><text x=20 y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload={run}>#x'></use></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}>",
    "<math href='javascript:{run}'>x</math>",
    "<iframe src='javascript:{run}'></iframe>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<object data='javascript:{run}'></object>",
    "<embed src='javascript:{run}'>",
    "<body onload={run}>",
    "<details open ontoggle={run}>",
    "<video><source onerror={run}></video>",
    "<audio src=x onerror={run}>",
    "<input autofocus onfocus={run}>",
    "<select autofocus onfocus={run}>",
    "<textarea autofocus onfocus={run}>",
    "<marquee onstart={run}>",
    "<style>@import 'javascript:{run}';</style>",
    "<link rel=stylesheet href='javascript:{run}'>",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "<base href='javascript:{run}//'>",
    "<form action='javascript:{run}'><button autofocus>x</button></form>",
    "<a href='javascript:{run}'>x</a>",
    "<template><script>{run}</script></template>",
    "<hx-partial hx-target='body' hx-swap='outerHTML'><script>{run}</script></hx-partial>",
    "<div hx-get='/login' hx-trigger='load' hx-target='body'></div>",
    "<div hx-on:htmx:load='{run}' hx-on::load='{run}'></div>",
)
BREAKS = (
    '"><script>{run}</script>',
    "'><img src=x onerror={run}>",
    '" autofocus onfocus="{run}',
    "' onmouseover='{run}' autofocus onfocus='{run}",
    "</textarea><script>{run}</script>",
    "</title><script>{run}</script>",
    "</style><script>{run}</script>",
    "--><script>{run}</script>",
    "]]><script>{run}</script>",
    "javascript:{run}",
    "{{{{ ''.__class__ }}}}{{% raw %}}<script>{run}</script>",
    "\\x3cscript\\x3e{run}\\x3c/script\\x3e",
    "&lt;script&gt;{run}&lt;/script&gt;<script>{run}</script>",
    "${{{run}}}`-{run}-`",
)
PAYLOADS = tuple(one.format(run=RUN) for one in (*TAGS, *BREAKS))


@pytest.fixture(scope="module")
def poisoned(shared_site: Site) -> Site:
    """Every payload as a text; each also as a name, a note, a saved reply, a caption."""
    clinic = shared_site.clinic
    number = clinic.number_of(PHOTO_CLIENT)
    for payload in PAYLOADS:
        clinic.text_in(number, payload)
    clinic.text_in(number, "START")  # the reply box is there whatever any of them was taken for
    thread_id = clinic.thread_of(PHOTO_CLIENT)
    with clinic.database.write() as session:
        _write_everywhere(session, session.get_one(Conversation, thread_id), clinic.staff["owner"])
    return shared_site


def _write_everywhere(session: Session, thread: Conversation, staff_id: int) -> None:
    at = thread.created_at
    for place, payload in enumerate(PAYLOADS):
        session.add(Note(conversation_id=thread.id, staff_id=staff_id, body=payload, created_at=at))
        reply = SavedReply(
            clinic_id=thread.clinic_id, name=f"{place} {payload}"[:60], body=payload, updated_at=at
        )
        session.add(reply)
    clients = session.query(Client).filter(Client.clinic_id == thread.clinic_id).order_by(Client.id).all()
    for client, payload in zip(clients, PAYLOADS[::6], strict=False):
        client.name = payload
    for photo, payload in zip(session.query(Photo), PAYLOADS[::9], strict=False):
        photo.caption = payload


def test_there_are_at_least_sixty() -> None:
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize(
    "address",
    [
        "/?tab=all",
        "thread",
        "card",
        "/clients",
        "gallery",
        "/settings/saved-replies",
        "/settings/audit",
        "simulator",
    ],
)
def test_what_people_write_stays_text(poisoned: Site, address: str) -> None:
    page = poisoned.visitor("owner")
    thread, number = _poisoned_thread(poisoned)
    client = thread.split("/")[-1]
    known = {
        "thread": thread,
        "card": f"{thread}/card",
        "gallery": f"/clients/{client}/photos",
        "simulator": f"/simulator?phone=%2B{number.removeprefix('+')}",
    }

    page.goto(known.get(address, address))
    _wake_everything(page)

    assert page.evaluate("window.ran") is None
    assert (
        page.evaluate("document.querySelectorAll('main script, main iframe, main object, main math').length")
        == 0
    )
    assert poisoned.complaints.unexpected() == []


def test_saved_replies_and_refreshes_stay_text(poisoned: Site) -> None:
    page = poisoned.visitor("owner")
    page.clock.install()
    page.goto(_poisoned_thread(poisoned)[0])

    page.locator("#body").press_sequentially("/<")
    expect(page.locator(".saved-replies button").first).to_be_visible()
    page.locator(".saved-replies button").first.click()
    page.clock.run_for(4_100)
    expect(page.locator("li.bubble", has_text="<svg/onload")).not_to_have_count(0)

    assert page.evaluate("window.ran") is None
    assert poisoned.complaints.unexpected() == []


def _poisoned_thread(site: Site) -> tuple[str, str]:
    with site.clinic.database.read() as session:
        photo = session.query(Photo).order_by(Photo.id).first()
        assert photo is not None
        thread = session.get_one(Conversation, photo.conversation_id)
        return f"/threads/{thread.id}", thread.number


def _wake_everything(page: Page) -> None:
    """What waits for a hand: details open, links and buttons under the pointer."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate("""document.querySelectorAll('main *').forEach((one) => {
      for (const kind of ["mouseover", "focus", "toggle", "pointerenter"]) one.dispatchEvent(new Event(kind)); })""")
    page.wait_for_load_state("networkidle")
