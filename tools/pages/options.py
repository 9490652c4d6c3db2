"""The options of a run, at each front end."""

from __future__ import annotations

from conformance.config.declaration import Option
from conformance.config.options import OPTIONS

from .markdown import code, plain, rows

POSITIONAL = "url"


def table() -> str:
    """One row for each option: its name at each front end, and its meaning."""
    body = [
        [_command(option), code(option.flag), code(option.name), _keyword(option), plain(option.help)]
        for option in OPTIONS
    ]
    return rows(["command", "pytest", "file", "`check()`", "meaning"], body)


def kinds() -> str:
    """The kind of value of each key."""
    return rows(["key", "value"], [[code(option.name), option.kind.expected] for option in OPTIONS])


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
