"""Who may import whom: downwards only, rooms of one floor never each other; pure modules may be used by anyone.

import-linter checks the packages through every chain (`make imports`); this also sees the single files beside
them, which it cannot read.
"""

import ast
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_ROOMS = {"tests", "tools", "migrations", "benchmarks", "docs", "node_modules", "deploy", "build"}
# From the roof to the ground. A module belongs to its longest entry here.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("app",),
    ("cli",),
    ("bot.webhook", "dashboard", "api", "public", "simulator"),
    ("web",),
    ("scheduler.job_clock",),
    ("scheduler.jobs",),
    ("scheduler.catching_up",),
    ("deployment",),
    ("desk",),
    ("bot",),
    ("scheduler",),
    ("access",),
    ("alerts",),
    ("outbox",),
    ("photos",),
    ("messages", "carriers", "clock", "log_setup"),
    ("models",),
    ("config",),
)
PURE = (
    "bot.consent",
    "bot.decision",
    "bot.red_flags",
    "bot.router",
    "bot.text",
    "clinic_time.holiday_calendar",
    "clinic_time.local_time",
    "clinic_time.opening_hours",
    "clinic_time.spoken_time",
    "messages.segments",
    "outbox.send_window",
    "phone",
    "scheduler.plan",
)
PURE_LIBRARIES = {"phonenumbers", "rapidfuzz", "holidays"}
WORLDLY = {
    "asyncio", "ctypes", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    files = [*ROOT.glob("*.py")]
    for package in packages():
        files += (ROOT / package).rglob("*.py")
    return {_dotted(path): path for path in sorted(files)}


def packages() -> list[str]:
    inits = (path.parent.name for path in ROOT.glob("*/__init__.py"))
    return sorted(name for name in inits if name not in NOT_ROOMS)


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Every module a file names in an import, `from package import module` resolved; type-only ones left out."""
    found: set[str] = set()
    known = modules()
    for node in _run_time_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & set(known)) or {node.module}
    return frozenset(found)


def _run_time_nodes(tree: ast.AST) -> list[ast.AST]:
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    return [node for node in ast.walk(tree) if id(node) not in skipped]


def floor_of(module: str) -> int | None:
    """The floor of a module, counted from the roof; None where the table has no place for it."""
    entry = room_of(module)
    return next((number for number, rooms in enumerate(FLOORS) if entry in rooms), None)


def room_of(module: str) -> str:
    rooms = [room for floor in FLOORS for room in floor]
    return max((room for room in rooms if f"{module}.".startswith(f"{room}.")), key=len, default="")


@cache
def pure_modules() -> frozenset[str]:
    """Modules whose imports, followed to the end, touch nothing outside of the program."""
    known = modules()
    pure = set(known)
    while impure := {
        name for name in pure if any(_is_worldly(used, pure) for used in imports_of(known[name]))
    }:
        pure -= impure
    return frozenset(pure)


def _is_worldly(used: str, pure: set[str]) -> bool:
    if used in modules():
        return used not in pure
    top = used.partition(".")[0]
    return top in WORLDLY or (top not in sys.stdlib_module_names and top not in PURE_LIBRARIES)


def violations() -> list[str]:
    known = modules()
    return [
        f"{name} imports {used}"
        for name, path in known.items()
        for used in imports_of(path)
        if used in known and used not in pure_modules() and not _may_import(name, used)
    ]


def _may_import(importer: str, used: str) -> bool:
    if room_of(importer) == room_of(used):
        return True
    above, below = floor_of(importer), floor_of(used)
    return above is not None and below is not None and above < below


def test_imports_go_downwards_only() -> None:
    assert violations() == []


def test_every_module_that_touches_the_world_has_its_floor() -> None:
    homeless = [name for name in modules() if name not in pure_modules() and floor_of(name) is None]

    assert homeless == [], "give the module a floor in FLOORS, or make it pure"


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_touch_nothing_outside(module: str) -> None:
    if module not in modules():
        pytest.xfail("not written yet")

    assert module in pure_modules()


def test_import_linter_knows_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

    assert sorted(settings["root_packages"]) == packages()
