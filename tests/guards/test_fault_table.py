"""The table of faults (docs/reference/faults.md) names tests that exist; those of R1 to R9 run on both databases."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.engines import BOTH as MODULES_ON_BOTH
from tests.support.engines import ENGINES, POSTGRESQL, SQLITE, engines_of

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", TABLE, flags=re.MULTILINE)
A_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
NAMED = sorted(set(A_TEST.findall(TABLE)))
BOTH = frozenset(ENGINES)
PROMISES = {16, 20, 21, 94, 96, 97, 100, 104, 105}  # rows that touch one of R1 to R9
PROMISES.update(range(1, 15), range(24, 30), range(40, 85), range(86, 93))
OF_ONE_DATABASE = {  # and why these cannot run on the other one
    88: "SQLite has no server that could be away; a lock of its file is row 86",
    90: "SQLite has one writer at a time, so none of them waits for another one's row",
    92: "SQLite is a file of this machine, from which nobody is cut off",
}
WITHOUT_DATABASE = ("unit/", "router/", "faults/test_fuzz_renderer.py", "integration/test_twilio_carrier.py")
ON_SQLITE_ALONE = {  # modules that stand in such a row beside what runs on PostgreSQL
    "faults/test_storage.py": "the disk below a file; a server has test_hosts and test_read_only_postgresql",
    "faults/test_power_cut.py": "the disk below a file; the server without power is a test of its own there",
    "faults/test_inbound_storm.py": "test_on_postgresql is the same with another database",
    "faults/test_kill_storm.py": "test_web_and_three_workers_on_postgresql is the same with another database",
    "faults/test_told_to_stop.py": "`run`; `web` is told to stop on PostgreSQL",
    "faults/test_flood.py": "each phone's one answer, which what_comes_in_the_middle shows on both",
    "faults/test_much_at_once.py": "the memory of one process: a kill, which the storms give both",
    "faults/test_migrations_killed.py": "each statement on PostgreSQL is a test of its own there",
    "faults/test_migrations_large.py": "a figure: seconds",
    "faults/test_old_release.py": "one machine's `run`; web and worker apart are tests of their own there",
    "faults/test_lives_can_fail.py": "whether the lives, which run on both, see a broken promise",
    "guards/test_webhooks.py": "that each webhook looks at the signature before it asks any database",
    "integration/test_jobs.py": "whether the clock asks; what is fetched runs on both",
    "integration/test_health.py": "what /readyz says; on PostgreSQL test_read_only_postgresql sees it go red",
    "integration/test_database.py": "how SQLite waits for its file",
    "integration/test_backup.py": "a copy of the file; PostgreSQL's is in test_backup_under_load",
    "integration/test_restore.py": "puts a file back; the comparison is in test_restore_compare, on both",
    "integration/test_restore_moments.py": "puts a file back; the comparison is in test_restore_compare, on both",
    "integration/dashboard/test_thread.py": "what the page says",
}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda each: str(each))
def test_each_test_named_there_exists(file: str, name: str) -> None:
    code = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert re.search(rf"^def {name}\(", code, flags=re.MULTILINE)


def test_every_fault_has_its_row_and_a_test() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 107))
    assert [row[0] for row in ROWS if "::test_" not in row[3]] == []


def test_what_touches_a_promise_is_tried_on_both_databases() -> None:
    tried = {
        number: frozenset().union(*(databases_of(file, name) for file, name in tests))
        for number, tests in of_promises()
    }

    assert {number for number, databases in tried.items() if databases != BOTH} == set(OF_ONE_DATABASE)


def test_a_test_of_a_promise_that_runs_on_sqlite_alone_says_why() -> None:
    alone = {
        file for _, tests in of_promises() for file, name in tests if databases_of(file, name) == {SQLITE}
    }

    assert alone == set(ON_SQLITE_ALONE)


def test_each_module_that_runs_on_both_would_be_missed_here() -> None:
    named = {Path(file).stem.removeprefix("test_") for _, tests in of_promises() for file, _ in tests}

    assert MODULES_ON_BOTH - named == set()


def of_promises() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Rows that touch a promise: (number, its tests)."""
    return ((int(number), A_TEST.findall(tests)) for number, _, _, tests in ROWS if int(number) in PROMISES)


def databases_of(file: str, name: str) -> frozenset[str]:
    """What a test runs on, as its module, its marks and its fixtures say."""
    if file.startswith(WITHOUT_DATABASE):
        return frozenset()
    said = marks_of(file, name)
    if engines_of(Path(file).stem) == ENGINES or "ON_BOTH" in said:
        return BOTH
    if "postgres" not in said.lower():
        return frozenset({SQLITE})
    return BOTH if "SQLITE" in said else frozenset({POSTGRESQL})


def marks_of(file: str, name: str) -> str:
    """The decorators of a test and of its module's fixtures that it uses, names of the module written out."""
    functions, values = read(file)
    used = {arg.arg for arg in functions[name].args.args}
    fixtures = [each for each in functions.values() if each.name in used or "autouse" in decorators(each)]
    said = " ".join([decorators(functions[name]), *map(decorators, fixtures), values.get("pytestmark", "")])
    return " ".join([said, *(value for known, value in values.items() if re.search(rf"\b{known}\b", said))])


@cache
def read(file: str) -> tuple[dict[str, ast.FunctionDef], dict[str, str]]:
    """A test module's functions by name, and what its names in capitals and `pytestmark` stand for."""
    body = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")).body
    functions = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
    assigned = [each for each in body if isinstance(each, ast.Assign)]
    return functions, {ast.unparse(each.targets[0]): ast.unparse(each.value) for each in assigned}


def decorators(function: ast.FunctionDef) -> str:
    return " ".join(map(ast.unparse, function.decorator_list))
