"""The shape of the house, checked by reading its source: sizes, names, and who may touch which library."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config.table import TABLE

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 300
NOT_OURS = {".venv", ".git", "node_modules", ".browsers", "var", "build"}
BANNED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "service",
    "services",
    "data",
}
EDGES = ("app.py", "web/", "bot/webhook", "dashboard/", "api/", "public/", "simulator/")
# What a module name may be imported by: (library, where it may be imported).
LIBRARIES = (
    ("flask", EDGES),
    ("flask_login", EDGES),
    ("flask_wtf", EDGES),
    ("flask_limiter", EDGES),
    ("twilio", ("carriers/twilio",)),
    ("apscheduler", ("scheduler/job_clock.py",)),
    ("alembic", ("migrations/",)),
    ("PIL", ("photos/",)),
    ("pi_heif", ("photos/",)),
    ("waitress", ("cli/",)),
    ("gunicorn", ("cli/",)),
)
# What only models (and migrations) may take from sqlalchemy: the words SQL is written with.
SQL_WORDS = {
    "select", "insert", "update", "delete", "text", "func", "and_", "or_", "exists", "union", "union_all",
    "literal", "case", "literal_column", "create_engine", "Table", "Column", "mapped_column",
}  # fmt: skip
STARTERS = {
    "Thread",
    "Timer",
    "create_engine",
    "BackgroundScheduler",
    "ThreadPoolExecutor",
    "Session",
    "Client",
}
NOT_PRODUCT = {"tests", "tools", "benchmarks"}  # they drive the product from outside


@cache
def product_files() -> tuple[Path, ...]:
    return tuple(path for path in all_files() if path.relative_to(ROOT).parts[0] not in NOT_PRODUCT)


@cache
def all_files() -> tuple[Path, ...]:
    found = (path for path in ROOT.rglob("*.py") if not NOT_OURS & set(path.relative_to(ROOT).parts))
    return tuple(sorted(found))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_names(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of each import; name is empty for `import module`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def test_no_file_is_longer_than_it_may_be() -> None:
    files = (
        path for path in all_files() if path.parent.name != "versions"
    )  # a step of the database is frozen
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in product_files() for part in path.relative_to(ROOT).with_suffix("").parts}

    assert names & BANNED_NAMES == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        place(path)
        for path in product_files()
        if path.stat().st_size and not ast.get_docstring(tree_of(path))
    ]

    assert silent == []


@pytest.mark.parametrize(("library", "places"), LIBRARIES)
def test_a_library_is_imported_only_where_it_belongs(library: str, places: tuple[str, ...]) -> None:
    elsewhere = [
        place(path)
        for path in product_files()
        if any(module.partition(".")[0] == library for module, _ in imported_names(path))
        and not place(path).startswith(places)
    ]

    assert elsewhere == []


def test_sql_is_written_only_in_models() -> None:
    elsewhere = [
        f"{place(path)} imports {name} from {module}"
        for path in product_files()
        if not place(path).startswith(("models/", "migrations/"))
        for module, name in imported_names(path)
        if module.startswith("sqlalchemy") and (name in SQL_WORDS or not name)
    ]

    assert elsewhere == []


def test_nothing_starts_while_a_module_is_imported() -> None:
    started = [
        f"{place(path)}:{call.lineno}"
        for path in product_files()
        for call in _calls_at_import(tree_of(path))
        if _called_name(call) in STARTERS
    ]

    assert started == []


def _calls_at_import(tree: ast.Module) -> Iterator[ast.Call]:
    waiting: list[ast.AST] = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, inside)]


def _called_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def test_texts_are_handed_to_a_carrier_in_one_place_only() -> None:
    callers = {
        place(path)
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and re.search(r"(^|[._])carrier\.send$", ast.unparse(node.func))
    }

    assert callers <= {"outbox/delivery.py"}


@pytest.mark.parametrize("document", [".env.example", "docs/reference/settings.md"])
def test_every_setting_is_documented(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    assert [row.name for row in TABLE if not re.search(rf"\b{row.name}\b", text)] == []
