"""The errors that a user can fix. Any other exception is an error of the suite."""

from __future__ import annotations

from collections.abc import Sequence


class UsageError(Exception):
    """The user can fix this error; its message says how. The command and pytest then exit with code 4."""

    @property
    def message(self) -> str:
        """The message, followed by the notes that were added to the exception."""
        return " ".join([str(self), *getattr(self, "__notes__", ())])

    @property
    def lines(self) -> Sequence[str]:
        """The message as the lines that a command or pytest prints."""
        return [self.message]


class ConfigurationError(UsageError, ValueError):
    """An option, an argument or a configuration file cannot be used: ``where`` it is, and the ``problem``."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str, str]]:
        """How another process gets this error."""
        return ConfigurationError, (self.where, self.problem)
