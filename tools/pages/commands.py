"""The sub-commands, from their parsers."""

from __future__ import annotations

from argparse import Action
from collections.abc import Iterator

from conformance.cli.parser import COMMANDS, CommandParser, command_parser

from .markdown import code, fenced, plain, rows

_USAGE = {"?": "[{}]", "+": "{}...", "*": "[{}...]"}
"""How often an argument may be given, in the form of a usage line."""


def parsers() -> dict[str, CommandParser]:
    """The parser of each sub-command."""
    return {name: command_parser([name]).commands[name] for name in COMMANDS}


def sections() -> str:
    """A section for each sub-command."""
    return "\n\n".join(text for name, parser in parsers().items() for text in _section(name, parser))


def _section(name: str, parser: CommandParser) -> Iterator[str]:
    yield f"## {name}"
    yield plain(parser.description or "")
    _, _, example = (parser.epilog or "").partition(": ")
    usage = " ".join([parser.prog, *_positionals(parser), "[OPTIONS]"])
    yield fenced("text", f"{usage}\n\n{example}")
    yield rows(
        ["", "meaning"], [[code(_spelling(action)), _meaning(action, parser)] for action in _actions(parser)]
    )


def _actions(parser: CommandParser) -> list[Action]:
    return [action for action in parser.arguments if action.dest != "help"]


def _positionals(parser: CommandParser) -> Iterator[str]:
    for action in _actions(parser):
        if not action.option_strings:
            yield _USAGE.get(str(action.nargs), "{}").format(_spelling(action))


def _spelling(action: Action) -> str:
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    value = "" if action.nargs == 0 else str(action.metavar or choices or action.dest.upper())
    return " ".join(filter(None, [", ".join(action.option_strings), value]))


def _meaning(action: Action, parser: CommandParser) -> str:
    return plain(str(action.help) % {**vars(action), "prog": parser.prog})
