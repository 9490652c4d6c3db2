"""Whether the output has colors."""

from __future__ import annotations

import os
import sys

NO_COLOR_IF_SET = ("NO_COLOR", "CI")
"""Variables that switch colors off."""

COLOR_IF_SET = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables that can switch colors on without a terminal."""


def is_plain() -> bool:
    """Whether a variable switches colors off. An empty one does not."""
    return any(os.environ.get(name) for name in NO_COLOR_IF_SET)


def may_have_colors() -> bool:
    """Whether the standard output may have colors: it is a terminal, or a variable may say so."""
    return not is_plain() and (sys.stdout.isatty() or any(os.environ.get(name) for name in COLOR_IF_SET))
