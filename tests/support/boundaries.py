"""Schemathesis makes up boundary values while tests are collected, in each of their processes. Here: when one runs."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis.core import Example
from schemathesis.generation.hypothesis import builder

Test = Callable[..., Any]


class MadeUpLater(list[Example]):
    """The examples of one test; hypothesis begins by going through them from the last to the first."""

    def __init__(self, known: list[Example], make_up: Callable[[], object]) -> None:
        super().__init__(known)
        self._make_up: Callable[[], object] | None = make_up

    def __reversed__(self) -> Iterator[Example]:
        make_up, self._make_up = self._make_up, None
        if make_up is not None:
            make_up()
        return super().__reversed__()


def make_up_boundaries_late() -> None:
    """Has to be called before the tests of a description are collected."""
    add = builder.add_coverage

    def add_later(test: Test, *told: Any, **values: Any) -> Test:
        known = getattr(test, "hypothesis_explicit_examples", [])
        examples = MadeUpLater(known, lambda: add(test, *told, **values))
        test.hypothesis_explicit_examples = examples  # type: ignore[attr-defined]
        return test

    builder.add_coverage = add_later
