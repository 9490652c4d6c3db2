"""The error of a target that cannot be recorded."""

from __future__ import annotations

from conformance.errors import UsageError


class NothingRecorded(UsageError, RuntimeError):
    """The target returned no vectors that can be recorded or compared; the message says why, and what to do."""
