"""A clinic behind a real port, browsers that stand in front of it, and what they complain about. Holds no asserts."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from app import create_app
from config import Settings, ensure_keys, load_settings
from tests.support.migrated import bring_up_copy
from tools.demo_clinic import DemoClinic, add_photos, open_demo_clinic
from tools.live_site import serve, signed_in_cookie

WIDE, NARROW = 1280, 390
HEIGHT = 800
# What our own pages may say: nothing. Violations of the policy reach the console too, but are named here.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error("policy: " + event.violatedDirective + " " + event.blockedURI));
"""


@dataclass
class Complaints:
    """Errors on the console, uncaught exceptions, broken policy, dialogs."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, words: str) -> None:
        """This much is part of the test, such as a page that answers 422."""
        self.expected.append(words)

    def unexpected(self) -> list[str]:
        """Everything else."""
        return [one for one in self.heard if not any(words in one for words in self.expected)]

    def listen(self, page: Page) -> None:
        """To one page, from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))
        page.on("dialog", self._dismiss)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _dismiss(self, dialog: Any) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@dataclass
class Site:
    """A demo clinic that browsers can reach."""

    clinic: DemoClinic
    url: str
    chromium: Browser
    complaints: Complaints
    closing: ExitStack

    def visitor(
        self,
        role: str | None = "owner",
        *,
        width: int = WIDE,
        scheme: str = "light",
        script: bool = True,
        touch: bool = False,
    ) -> Page:
        """A page in a browser of its own, signed in with this role; None = nobody."""
        context: BrowserContext = self.closing.enter_context(
            self.chromium.new_context(
                base_url=self.url,
                viewport={"width": width, "height": HEIGHT},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
                java_script_enabled=script,
                has_touch=touch,
                locale="en-US",
            )
        )
        context.set_default_timeout(20_000)
        if script:
            context.add_init_script(REPORT_VIOLATIONS)
        if role is not None:
            cookie = signed_in_cookie(self.clinic.app, self.clinic.staff[role], self.url)
            context.add_cookies([cookie])  # type: ignore[list-item]
        context.on("page", self.complaints.listen)
        return context.new_page()


@contextmanager
def open_site(settings: Settings, chromium: Browser, *, with_people: bool = True) -> Iterator[Site]:
    """The demo clinic on a port of its own, copied from one that was filled before."""
    settings = _copy(settings, with_people=with_people)
    clinic = replace(_filled(with_people), app=create_app(settings))
    with ExitStack() as closing:
        closing.callback(clinic.here.close)
        url = closing.enter_context(serve(clinic.app))
        yield Site(clinic, url, chromium, Complaints(), closing)


def _copy(settings: Settings, *, with_people: bool) -> Settings:
    filled = _filled(with_people)
    source: Path = filled.here.settings.data_dir
    shutil.copytree(source, settings.data_dir, dirs_exist_ok=True)
    return replace(filled.here.settings, data_dir=settings.data_dir, database_url=settings.database_url)


@cache
def _filled(with_people: bool) -> DemoClinic:
    """Filled once a run."""
    folder = Path(mkdtemp(prefix="aftercare-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    quick = {"MESSAGES_PER_SECOND": "100", "TICK_S": "0.05"}
    settings = ensure_keys(load_settings({"DATA_DIR": str(folder / "var"), **quick}))
    bring_up_copy(settings)
    clinic = open_demo_clinic(settings, with_people=with_people)
    if with_people:
        add_photos(clinic)
    with clinic.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    clinic.here.close()
    return clinic
