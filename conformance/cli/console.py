"""Lines for the standard output. They have colors only if it is a terminal that displays them."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.text import Line, visible

from .colors import may_have_colors


def print_lines(lines: Iterable[Line]) -> None:
    """Print *lines* to the standard output, with control characters escaped.

    Long lines are not wrapped, so that a curl line can be copied.
    """
    if not may_have_colors():
        for line in lines:
            print(visible(line.text), flush=True)  # a closed pipe shows at once
        return
    # The import takes longer than most commands.
    from rich.text import Text

    from .rich_console import make_console

    out = make_console()
    for line in lines:
        out.print(Text(visible(line.text), line.style))
