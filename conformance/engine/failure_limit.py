"""The limit of failures: ends the checks of a run after a number of failed requirements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from conformance.text import counted

from .outcome import Outcome

Counts = Callable[[Outcome], bool]
"""Whether an outcome is a failure that counts."""


class FailureLimit:
    """Ends what is executed in ``applied`` as soon as *most* outcomes count; None: no limit.

    ``ended`` is whether it has done so. Outcomes must be added in the event loop of the run.
    """

    def __init__(self, most: int | None, counts: Counts) -> None:
        self._most, self._counts = most, counts
        self._found = 0
        self._scope: asyncio.Timeout | None = None
        self.ended = False

    @property
    def reason(self) -> str:
        """Why requirements were not reached."""
        return f"the run ended after {counted(self._most or 0, 'failure')} (option max-failures)"

    def watching(self, on_outcome: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
        """A function that counts each outcome, after it has called *on_outcome* with it."""

        def announce(outcome: Outcome) -> None:
            on_outcome(outcome)
            self._add(outcome)

        return announce

    def _add(self, outcome: Outcome) -> None:
        """Count *outcome*, and end the checks if it is the last one that the limit allows."""
        if self._most is None or self._scope is None or not self._counts(outcome):
            return
        self._found += 1
        if self._found == self._most:
            self.ended = True
            self._scope.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def applied(self) -> AsyncIterator[None]:
        """Cancel the body when the limit is reached, and go on after it."""
        try:
            async with asyncio.timeout(None) as self._scope:
                yield
        except TimeoutError:
            if not self.ended:
                raise
        finally:
            self._scope = None
