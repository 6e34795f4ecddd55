"""Reads the first word, calls its command, turns every failure into one plain line and an exit code."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.arguments import Options, Parser
from cli.table import COMMANDS, Command

if TYPE_CHECKING:
    from cli.desk import CreateApp

PROGRAM = "app.py"
INTERRUPTED = 130


def run_command(words: Sequence[str], create_app: "CreateApp") -> int:
    """One command from its words to its exit code: 0 done, 1 a plain refusal, 2 not understood."""
    _open_standard_streams()
    try:
        return _act(words, create_app)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left, as `| head` does
        return 0
    except Exception as error:
        return _refuse(error)


def _open_standard_streams() -> None:
    """A supervisor may close our log: put nothing in its place, or a file of ours would get its number."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            setattr(sys, name, os.fdopen(number, "w", closefd=False))


def _act(words: Sequence[str], create_app: "CreateApp") -> int:
    command = _find(words)
    options = _parse(command, words[1:])
    from cli.desk import Desk  # brings the database in; --help does without

    desk = Desk(create_app)
    try:
        return options.act(desk, options) or 0
    finally:
        desk.close()


def _find(words: Sequence[str]) -> Command:
    parser = Parser(
        prog=PROGRAM, description="Aftercare texts for a clinic.", epilog=_epilog(), add_help=True
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("command", metavar="COMMAND", choices=[command.name for command in COMMANDS])
    name = parser.parse_args(words[:1]).command
    return next(command for command in COMMANDS if command.name == name)


def _parse(command: Command, words: Sequence[str]) -> Options:
    parser = Parser(prog=f"{PROGRAM} {command.name}", description=command.meaning)
    importlib.import_module(command.module).describe(parser)
    return parser.parse_args(words)


def _epilog() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name.ljust(width)}  {command.meaning}" for command in COMMANDS]
    return "commands:\n" + "\n".join(lines) + f"\n\n{PROGRAM} COMMAND --help says more."


def _refuse(error: Exception) -> int:
    from cli.refusals import plain_lines  # only on the way out

    for line in plain_lines(error):
        print(f"{PROGRAM}: {line}", file=sys.stderr)
    return 1
