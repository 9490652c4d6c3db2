"""The options of a run at each door."""

from __future__ import annotations

from conformance.config.options import OPTIONS, Option
from conformance.config.settings import EXPECTED

from .markdown import code, plain, rows

POSITIONAL = "url"


def table() -> str:
    """One row for each option: how each door spells it, and what it means."""
    body = [
        [_command(option), code(option.flag), code(option.name), _keyword(option), plain(option.help)]
        for option in OPTIONS
    ]
    return rows(["command", "pytest", "file", "`check()`", "meaning"], body)


def kinds() -> str:
    """What the value of each key is."""
    return rows(["key", "value"], [[code(option.name), _value(option)] for option in OPTIONS])


def _value(option: Option) -> str:
    return f"one of {', '.join(option.choices)}" if option.choices else EXPECTED[option.kind]


def _command(option: Option) -> str:
    if option.name == POSITIONAL:
        return code(option.metavar)
    return code(f"--{option.name}")


def _keyword(option: Option) -> str:
    match option.name:
        case "url" | "app":
            return "`target`"
        case "header":
            return "`headers`"
        case "plan":
            return ""
    return code(option.key)
