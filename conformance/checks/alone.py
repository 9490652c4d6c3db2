"""The simplest order of requests: each is sent while no other request is in flight."""

from __future__ import annotations

from types import TracebackType


class Alone:
    """No other request is in flight."""

    def __enter__(self) -> None:
        """Nothing needs to be set up."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing needs to be cleaned up."""

    def explains(self, status: int) -> bool:
        """Whether *status* is a consequence of the scenario: never."""
        return status < 0

    def explains_silence(self) -> bool:
        """Whether the target may wait for the scenario: never."""
        return False


ALONE = Alone()
