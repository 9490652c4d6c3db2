"""The sub-commands, from their parsers."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from conformance.cli.main import COMMANDS, command_parser

from .markdown import code, fenced, plain, rows


def parsers() -> dict[str, ArgumentParser]:
    """The parser of each sub-command."""
    return {name: _sub_parsers(command_parser([name])).choices[name] for name in COMMANDS}


def sections() -> str:
    """A section for each sub-command."""
    return "\n\n".join(text for name, parser in parsers().items() for text in _section(name, parser))


def _section(name: str, parser: ArgumentParser) -> Iterator[str]:
    yield f"## {name}"
    yield plain(parser.description or "")
    _, _, example = (parser.epilog or "").partition(": ")
    yield fenced("text", f"{parser.prog} {' '.join(_places(parser))} [OPTIONS]\n\n{example}")
    yield rows(
        ["", "meaning"], [[code(_spelt(action)), _meaning(action, parser)] for action in _actions(parser)]
    )


def _actions(parser: ArgumentParser) -> list[Any]:
    return [action for action in parser._actions if action.dest != "help"]


def _places(parser: ArgumentParser) -> Iterator[str]:
    for action in _actions(parser):
        if not action.option_strings:
            yield f"[{_spelt(action)}]" if action.nargs == "?" else _spelt(action)


def _spelt(action: Any) -> str:
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    value = "" if action.nargs == 0 else str(action.metavar or choices or action.dest.upper())
    return " ".join(filter(None, [", ".join(action.option_strings), value]))


def _meaning(action: Any, parser: ArgumentParser) -> str:
    return plain(str(action.help) % {**vars(action), "prog": parser.prog})


def _sub_parsers(parser: ArgumentParser) -> Any:
    return next(action for action in parser._actions if action.dest == "==SUPPRESS==" and action.choices)
