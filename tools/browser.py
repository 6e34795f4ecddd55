"""Finds a Chromium for the browser tests, or fetches one into .browsers where that is possible.

`python -m tools.browser` fetches where none is found. Never fails a build: the tests say what was left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FETCHED = ROOT / ".browsers"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
FETCHED_PATTERNS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
FETCH_SECONDS = 240


def find_chromium() -> Path | None:
    """The Chromium to test with: $CHROMIUM, one on the PATH, an installed app, or one fetched before."""
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    on_path = (shutil.which(name) for name in NAMES)
    fetched = (path for pattern in FETCHED_PATTERNS for path in sorted(FETCHED.glob(pattern)))
    candidates = [*(Path(found) for found in on_path if found), *MAC_APPS, *fetched]
    return next((path for path in candidates if path.is_file()), None)


def fetch_chromium() -> bool:
    """Let playwright fetch its Chromium into .browsers. False where that cannot be done."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    environment = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(FETCHED)}
    try:
        done = subprocess.run(
            command, env=environment, timeout=FETCH_SECONDS, capture_output=True, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main() -> None:
    """Say what the browser tests will use."""
    if find_chromium() is None:
        print("No Chromium found; trying to fetch one ...")
        fetch_chromium()
    print(f"Browser tests: {find_chromium() or 'left out, no Chromium'}")


if __name__ == "__main__":
    main()
