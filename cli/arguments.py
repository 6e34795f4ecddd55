"""How words on the command line are read. Each refusal is one line that says what to write instead."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from cli.desk import Desk

Options = argparse.Namespace
Act = Callable[["Desk", Options], int | None]


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        """Exit code 2 and one line on stderr."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def add_act(
    commands: "argparse._SubParsersAction[Parser]", name: str, meaning: str, act: Act
) -> argparse.ArgumentParser:
    """One thing to do with a noun: `app.py NOUN name`."""
    parser = commands.add_parser(name, help=meaning, description=meaning)
    parser.set_defaults(act=act)
    return parser


def add_acts(parser: Parser) -> "argparse._SubParsersAction[Parser]":
    """The place for what can be done with a noun."""
    return parser.add_subparsers(title="what to do", metavar="WHAT", required=True, parser_class=Parser)


def add_clinic(parser: argparse.ArgumentParser) -> None:
    """`--clinic`, needed only where there are several."""
    parser.add_argument("--clinic", metavar="NAME", help="which clinic; needed only where there are several")


def add_list_options(parser: argparse.ArgumentParser) -> None:
    """What every list understands."""
    add_clinic(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def whole_number(text: str) -> int:
    """An id or a count, from 1."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def one_line(longest: int) -> Callable[[str], str]:
    """A reader for a name or a note: printable, not blank, not too long for its column."""

    def read(text: str) -> str:
        cleaned = " ".join(text.split())
        if not cleaned or not cleaned.isprintable() or len(cleaned) > longest:
            raise argparse.ArgumentTypeError(f"must be one line of 1 to {longest} characters")
        return cleaned

    return read


NAME = one_line(120)
NOTE = one_line(200)
