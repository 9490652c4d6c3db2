"""Lines on a terminal: in colours where one is there to show them, plain otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from conformance.report import Line, visible

PLAIN_IF_SET = ("NO_COLOR", "CI")


class _Console(Console):
    """Leaves it to the command what a reader who left means for its exit code."""

    def on_broken_pipe(self) -> None:
        """Let the error through, in place of ending the process with a code that means something else."""
        raise


def console(*, stderr: bool = False) -> Console:
    """A console that is plain where it is no terminal, and where NO_COLOR or CI is set and not empty."""
    plain = any(os.environ.get(name) for name in PLAIN_IF_SET)
    return _Console(
        stderr=stderr,
        force_terminal=False if plain else None,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def print_lines(lines: Iterable[Line]) -> None:
    """Print *lines* to the standard output.

    Long ones are not broken: a curl line must be copied whole. Whatever is in them, they drive no terminal.
    """
    out = console()
    for line in lines:
        out.print(Text(visible(line.text), line.style))
