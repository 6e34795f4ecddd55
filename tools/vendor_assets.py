"""The browser's libraries: copied from the npm lockfile to dashboard/static/vendor, and checked byte by byte.

`copy` writes the folder anew; `check` repeats the copy elsewhere and compares. Never edits a vendored file.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "dashboard" / "static" / "vendor"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: from which package, and under which name pages load it."""

    package: str
    source: str
    target: str


ASSETS = (
    Asset("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    Asset("htmx.org", "LICENSE", "htmx.LICENSE.txt"),
    Asset("@picocss/pico", "css/pico.min.css", "pico.min.css"),
    Asset("@picocss/pico", "LICENSE.md", "pico.LICENSE.txt"),
)


class AssetsError(Exception):
    """The folder cannot be made or differs; the message says what to do."""


def copy(target: Path) -> None:
    """Install what the lockfile names into a temporary place and copy our files out of it."""
    with tempfile.TemporaryDirectory() as place:
        modules = _install(Path(place))
        target.mkdir(parents=True, exist_ok=True)
        for asset in ASSETS:
            shutil.copyfile(modules / asset.package / asset.source, target / asset.target)
    manifest = json.dumps(_manifest(target), indent=2, sort_keys=True)
    (target / MANIFEST).write_text(manifest + "\n", encoding="utf-8")


def check() -> str:
    """Compare; returns what was compared with. Raises AssetsError naming each difference."""
    _raise_differences(_against_manifest())
    if shutil.which("npm") is None:
        if os.environ.get("CI") == "true":
            raise AssetsError("npm is missing: install it, in CI the copy is repeated")
        return "the manifest only (npm is not installed)"
    with tempfile.TemporaryDirectory() as place:
        copy(Path(place))
        _raise_differences(_against_folder(Path(place)))
    return "a fresh copy, byte by byte"


def _install(place: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise AssetsError("npm is missing: install Node.js, or leave the folder as it is")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, place / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetsError(f"npm ci failed: {done.stderr.strip()[-500:]}")
    return place / "node_modules"


def _locked() -> dict[str, dict[str, Any]]:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name.removeprefix("node_modules/"): entry for name, entry in packages.items() if name}


def _manifest(folder: Path) -> list[dict[str, Any]]:
    return [_manifest_entry(name, entry, folder) for name, entry in sorted(_locked().items())]


def _manifest_entry(name: str, entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    files = {asset.target: _integrity(folder / asset.target) for asset in ASSETS if asset.package == name}
    return {
        "name": name,
        "version": entry["version"],
        "licence": entry["license"],
        "package_integrity": entry["integrity"],
        "files": files,
    }


def _integrity(path: Path) -> str:
    """As a page's `integrity` attribute has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def _against_manifest() -> Iterator[str]:
    expected = {asset.target for asset in ASSETS} | {MANIFEST}
    found = {path.name for path in VENDOR.iterdir()} if VENDOR.is_dir() else set()
    if found != expected:
        yield f"files: {', '.join(sorted(found ^ expected))}"
    elif json.loads((VENDOR / MANIFEST).read_text(encoding="utf-8")) != _manifest(VENDOR):
        yield f"{MANIFEST} does not say what the files and the lockfile say"


def _against_folder(fresh: Path) -> Iterator[str]:
    for path in sorted(fresh.iterdir()):
        if path.read_bytes() != (VENDOR / path.name).read_bytes():
            yield f"{path.name} differs from the package"


def _raise_differences(differences: Iterator[str]) -> None:
    found = list(differences)
    if found:
        raise AssetsError(f"{VENDOR.relative_to(ROOT)}: {'; '.join(found)}. Run: make assets")


def main() -> None:
    """`copy` or `check`."""
    try:
        if sys.argv[1:] == ["copy"]:
            copy(VENDOR)
        elif sys.argv[1:] == ["check"]:
            print(f"browser assets: equal to {check()}")
        else:
            raise AssetsError("say copy or check")
    except AssetsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
