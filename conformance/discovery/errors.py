"""What can end a discovery before it begins."""

from __future__ import annotations

from conformance.errors import UsageError


class NotDiscovered(UsageError, ValueError):
    """Nothing can be found out about the target: what was expected, what came, and how to go on."""

    def __init__(self, place: str, expected: str, found: str, mend: str) -> None:
        self.place, self.expected, self.found, self.mend = place, expected, found, mend
        super().__init__(f"{place}: expected {expected}, found {found}; {mend}")
