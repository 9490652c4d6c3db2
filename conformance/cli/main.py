"""The command ``embeddings-conformance``: finds the sub-command, and says how it ended."""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from typing import Any, NoReturn

from conformance.runner.signals import terminated_like_interrupted

PROGRAM = "embeddings-conformance"

UNSAID = (errno.EPIPE, errno.ENOSPC)
"""What the standard output fails with: its reader left, or its disk is full. Reports have messages of their own."""

COMMANDS = {
    "run": "run the suite against a target, or against the embedded reference",
    "discover": "ask a target what it serves, and write a configuration file",
    "plan": "say what a run would send, and send nothing",
    "requirements": "list the requirements, or explain one",
    "validate": "validate requests or answers in a file",
    "serve": "serve the reference, a strict local stand-in",
    "compare": "compare two reports: what broke, what was mended",
    "matrix": "put the reports of several servers side by side",
    "report": "make any report from a saved run",
    "errata": "list what the contract contradicts, and how that is resolved",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, those of the process by default; the exit code."""
    try:
        with terminated_like_interrupted():
            return _main(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return 2


def _main(words: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):  # a server's words may be beyond the characters of the terminal
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = command_parser(words)
    given = parser.parse_args(words)
    if given.main is None:
        parser.print_help()
        return 4
    try:
        code: int = given.main(given)
        sys.stdout.flush()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in UNSAID:
            return _unsaid(error)
        return _failed(error)
    return code


def _unsaid(error: OSError) -> int:
    """The code where what was found can not be told."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it once more
    print(f"{PROGRAM}: the output can not be written: {error.strerror}", file=sys.stderr)
    return 4


def _failed(error: Exception) -> int:
    from conformance.errors import UsageError
    from conformance.report import visible

    if isinstance(error, UsageError):
        print(f"{PROGRAM}: {visible(error.message)}", file=sys.stderr)
        return 4
    traceback.print_exception(error)
    print(f"{PROGRAM}: the suite itself broke, the target is not to blame", file=sys.stderr)
    return 3


class _Parser(argparse.ArgumentParser):
    """Answers a misspelt option with the closest one, and exits as the suite does for usage errors."""

    def error(self, message: str) -> NoReturn:
        self.exit(4, f"{self.prog}: {message}\nSee '{self.prog} --help'.\n")

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        """Like argparse's; what is left over is reported by the sub-command that it was given to."""
        given, rest = self.parse_known_args(*arguments, **keywords)
        if rest:
            parser: _Parser = getattr(given, "parser", self)
            parser.error(parser.leftover(rest))
        return given

    def leftover(self, rest: Sequence[str]) -> str:
        """What is wrong with the arguments left over, none of which is shown but options: they may be credentials."""
        names = [word.partition("=")[0] for word in rest if word.startswith("--")]
        if not names:
            return f"expected no more arguments than '{self.prog} --help' names, found {len(rest)} more"
        known = [name for action in self._actions for name in action.option_strings]
        near = get_close_matches(names[0], known, n=1)
        return f"unknown option {names[0]}" + (f"; did you mean {near[0]}?" if near else "")


def _unknown(word: str) -> str:
    """What is wrong with *word* in the place of a command; it is shown unless it may be the value of an option."""
    if not re.fullmatch(r"[a-z-]{1,20}", word):
        return "expected a command before its options and arguments"
    near = get_close_matches(word, COMMANDS, n=1)
    return f"unknown command {word}; " + (
        f"did you mean {near[0]}?" if near else f"one of {', '.join(COMMANDS)}"
    )


def command_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for *words*. Only the sub-command that they name is imported, and has its arguments."""
    parser = _Parser(
        prog=PROGRAM,
        description="Conformance of POST /embeddings servers.",
        epilog=f"example: {PROGRAM} run http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE'",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=version(PROGRAM))
    parser.set_defaults(main=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    named = next((word for word in words if not word.startswith("-")), None)
    if named is not None and named not in COMMANDS:
        parser.error(_unknown(named))
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, allow_abbrev=False)
        if name == named:
            module = import_module(f".commands.{name}", __package__)
            command.description, _, example = str(module.__doc__).partition("\n\n")
            command.epilog = example.strip()
            module.add_arguments(command)
            command.set_defaults(main=module.main, parser=command)
    return parser
