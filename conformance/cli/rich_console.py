"""The console of the package rich: colors and a progress display, only if the terminal displays them."""

from __future__ import annotations

from rich.console import Console

from .colors import is_plain


class _Console(Console):
    """A console that raises the error of a closed pipe, so that the command decides on the exit code."""

    def on_broken_pipe(self) -> None:
        """Raise the error again, where Console exits with code 1."""
        raise


def make_console(*, stderr: bool = False) -> Console:
    """A console without colors if it is not a terminal, or if NO_COLOR or CI is set and not empty."""
    plain = is_plain()
    return _Console(
        stderr=stderr,
        force_terminal=False if plain else None,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
