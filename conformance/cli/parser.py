"""The parser of the command line, and the list of the sub-commands."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from conformance.text import counted

PROGRAM = "embeddings-conformance"

PREFIX_OF_PYTEST = re.compile("^--(target|conformance)-")
"""The beginning of the names that the options of a run have with pytest."""
COMMANDS = (
    "run",
    "discover",
    "plan",
    "requirements",
    "validate",
    "audit",
    "serve",
    "snapshot",
    "replay",
    "compare",
    "matrix",
    "report",
    "errata",
)
"""The sub-commands, in the order of the help.

Each is a module of that name in `conformance.cli.commands`, with two functions: ``add_arguments(parser)``, and
``main(arguments)``, which returns the exit code. Its docstring is the help: the first line is the summary, the last
paragraph is an example.
"""


FOLDER = Path(__file__).parent / "commands"


class _Version(argparse.Action):
    """Print the version. Its import takes longer than that of the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(version(PROGRAM))
        parser.exit()


class CommandParser(argparse.ArgumentParser):
    """A parser that suggests the closest option, and exits with the suite's code for usage errors.

    ``arguments`` lists its arguments, ``commands`` the parsers of its sub-commands by name.
    """

    def __init__(self, **keywords: Any) -> None:
        self.arguments: list[argparse.Action] = []
        self.commands: dict[str, CommandParser] = {}
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **keywords)

    def add_argument(self, *arguments: Any, **keywords: Any) -> argparse.Action:
        """Add an argument as argparse does, and list it."""
        action: argparse.Action = super().add_argument(*arguments, **keywords)
        self.arguments.append(action)
        return action

    def add_mutually_exclusive_group(self, **keywords: Any) -> Any:
        """Add a group as argparse does, whose arguments are listed too."""
        group = super().add_mutually_exclusive_group(**keywords)
        add = group.add_argument

        def add_argument(*arguments: Any, **settings: Any) -> argparse.Action:
            action: argparse.Action = add(*arguments, **settings)
            self.arguments.append(action)
            return action

        group.add_argument = add_argument  # type: ignore[method-assign]  # argparse has no hook for it
        return group

    def error(self, message: str) -> NoReturn:
        """Print *message* without the usage, and exit."""
        from conformance.exit_codes import Exit

        self.exit(Exit.USAGE, f"{self.prog}: {message}\nSee '{self.prog} --help'.\n")

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        """Parse as argparse does; the parser of the sub-command reports unknown arguments."""
        known, unknown = self.parse_known_args(*arguments, **keywords)
        if unknown:
            parser: CommandParser = getattr(known, "parser", self)
            parser.error(parser.describe_unknown(unknown))
        return known

    def describe_unknown(self, words: Sequence[str]) -> str:
        """The error for arguments that do not exist. Only names of options are shown: a value may be a credential."""
        names = [_option_name(word) for word in words if len(word) > 1 and word.startswith("-")]
        if not names:
            return f"{counted(len(words), 'unexpected argument')}; put a value with spaces in quotes"
        known = [name for action in self.arguments for name in action.option_strings]
        without_prefix = PREFIX_OF_PYTEST.sub("--", names[0])
        if without_prefix == "--url" and any(action.dest == "url" for action in self.arguments):
            return f"unknown option {names[0]}; give the URL as an argument: {self.prog} URL"
        return f"unknown option {names[0]}{_suggestion(without_prefix, known)}"


def command_parser(words: Sequence[str]) -> CommandParser:
    """The parser for *words*. If they name a sub-command, only that one is imported; otherwise all are only listed."""
    parser = CommandParser(
        prog=PROGRAM,
        description="Test whether a server implements POST /embeddings correctly.",
        epilog=f"example: {PROGRAM} run http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE'",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    parser.set_defaults(main=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=CommandParser)
    name = next((word for word in words if not word.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        parser.error(_unknown_command(name))
    if name is not None:
        parser.commands[name] = _add_command(commands, name)
        return parser
    for command in COMMANDS:
        commands.add_parser(command, help=_help_of(command)["help"])
    return parser


def _add_command(commands: Any, name: str) -> CommandParser:
    module = import_module(f"conformance.cli.commands.{name.replace('-', '_')}")
    parser: CommandParser = commands.add_parser(name, **_help_in(inspect.getdoc(module) or ""))
    module.add_arguments(parser)
    parser.set_defaults(main=module.main, parser=parser)
    return parser


def _help_of(name: str) -> dict[str, str]:
    """The help texts of a sub-command, from the docstring in its source: an import would be slow."""
    source = (FOLDER / f"{name.replace('-', '_')}.py").read_text("utf-8")
    return _help_in(ast.get_docstring(ast.parse(source)) or "")


def _help_in(docstring: str) -> dict[str, str]:
    description, _, example = docstring.rpartition("\n\n")
    summary = description.partition("\n")[0].removesuffix(".").replace("%", "%%")
    return {"help": summary, "description": description, "epilog": example}


def _unknown_command(word: str) -> str:
    """The error for *word* in the place of a command. It is hidden if it may be the value of an option."""
    if not re.fullmatch(r"[a-z-]{1,20}", word):
        return "the first argument must be a command"
    return f"unknown command {word}" + (_suggestion(word, COMMANDS) or f"; use one of {', '.join(COMMANDS)}")


def _option_name(word: str) -> str:
    """The name in *word*, without a value: ``--name=value``, or ``-nvalue``."""
    return word.partition("=")[0] if word.startswith("--") else word[:2]


def _suggestion(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
