"""Makes the pictures of the documentation from the demo clinic: `python -m tools.screenshots [folder]`.

Everybody in them is invented. Nothing is written but the pictures.
"""

import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from config import ensure_keys, load_settings
from tools.browser import ROOT
from tools.demo_clinic import PHOTO_CLIENT, DemoClinic, add_photos, open_demo_clinic
from tools.live_site import launch, serve, signed_in_cookie

FOLDER = ROOT / "docs" / "images"
PHONE, DESK = (390, 844), (1280, 800)
COLOURS = 128
SIMULATED_PHONE = "+15735550142"
URGENT_CLIENT = "Hannah Blake"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: where, how large, in which colours, with whom."""

    name: str
    address: str
    size: tuple[int, int] = DESK
    scheme: str = "light"


def shots(clinic: DemoClinic) -> tuple[Shot, ...]:
    """Every picture the documents show."""
    photos = f"/clients/{clinic.client_of(PHOTO_CLIENT)}/photos"
    return (
        Shot("inbox", "/"),
        Shot("conversation", f"/threads/{clinic.thread_of('Erin Park')}"),
        Shot("conversation-dark", f"/threads/{clinic.thread_of(PHOTO_CLIENT)}", scheme="dark"),
        Shot("inbox-phone", "/", PHONE),
        Shot("conversation-phone", f"/threads/{clinic.thread_of(PHOTO_CLIENT)}", PHONE),
        Shot("urgent-phone", f"/threads/{clinic.thread_of(URGENT_CLIENT)}", PHONE, "dark"),
        Shot("alert", f"/alerts/{clinic.open_alert()}"),
        Shot("enrol", "/enrol"),
        Shot("client", f"/clients/{clinic.client_of(PHOTO_CLIENT)}"),
        Shot("compare", f"{photos}/compare"),
        Shot("reminders", "/reminders"),
        Shot("words", "/settings/words/exercise"),
        Shot("simulator", f"/simulator?phone=%2B{SIMULATED_PHONE[1:]}"),
    )


def main() -> int:
    """Fill a throw-away clinic, look at it, write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aftercare-pictures-") as scratch:
        clinic = open_demo_clinic(
            ensure_keys(load_settings({"DATA_DIR": f"{scratch}/var", "MESSAGES_PER_SECOND": "100"}))
        )
        add_photos(clinic)
        with serve(clinic.app) as url, sync_playwright() as playwright:
            browser = launch(playwright)
            _live_on_the_simulated_phone(browser, url)
            clinic.move(timedelta(minutes=2))
            for shot in shots(clinic):
                _take(browser, clinic, url, shot, folder / f"{shot.name}.png")
            browser.close()
        clinic.here.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 0


def _live_on_the_simulated_phone(browser: Browser, url: str) -> None:
    """A client is treated and asks two questions."""
    page = browser.new_page(base_url=url)
    page.goto(f"/simulator?phone=%2B{SIMULATED_PHONE[1:]}")
    page.get_by_role("button", name="Enrol, treated now").click()
    for question in ("Can I work out tonight?", "and when will I see results?"):
        page.get_by_label("Text to the clinic").fill(question)
        page.get_by_role("button", name="Send").click()
    page.close()


def _take(browser: Browser, clinic: DemoClinic, url: str, shot: Shot, to: Path) -> None:
    width, height = shot.size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.add_cookies([signed_in_cookie(clinic.app, clinic.staff["clinician"], url)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(shot.address)
    _settle(page)
    page.screenshot(path=to)
    context.close()
    Image.open(to).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(to, optimize=True)


def _settle(page: Page) -> None:
    """Pictures that load late are there, and no cursor blinks."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")


if __name__ == "__main__":
    sys.exit(main())
