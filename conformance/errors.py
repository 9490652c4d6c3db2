"""The base class of every error that a user can fix. Any other exception is an error of the suite."""

from __future__ import annotations


class UsageError(Exception):
    """The user can fix this error; its message says how. Front ends end with exit code 4."""

    @property
    def message(self) -> str:
        """The message, followed by the notes that callers added to it."""
        return " ".join([str(self), *getattr(self, "__notes__", ())])
