"""The exit codes of pytest and of the command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of pytest and of the command."""

    OK = 0
    NONCONFORMANT = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE = 4
    NOTHING_EXERCISED = 5
