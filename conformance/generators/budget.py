"""The limits of what is generated for one contract.

They are counts and never times: a slow or busy machine sends the same requests as a fast one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.errors import UsageError

from .case import Case

MAX_CASES = 10_000
"""Request bodies. The vendored contract needs 300."""

MAX_BYTES = 128 * 2**20
"""Bytes of all request bodies together."""


@dataclass
class Steps:
    """Counts the ``used`` steps of a computation that may take ``most``."""

    most: int
    used: int = 0

    @property
    def are_exhausted(self) -> bool:
        """Whether no step is left."""
        return self.used >= self.most

    def take(self, steps: int = 1) -> None:
        """Count *steps*. The computation may finish what it has begun."""
        self.used += steps


class TooManyBodies(UsageError, ValueError):
    """The contract needs too many or too large request bodies."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(
            f"{contract.file}: the request needs more than {MAX_CASES:,} bodies, or {MAX_BYTES // 2**20} MiB, to test;"
            " use fewer properties, or fewer values in enumerations"
        )


def within_budget(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield *cases*. Raises TooManyBodies as soon as they exceed the limits."""
    size = 0
    for number, case in enumerate(cases, 1):
        size += len(case.body)
        if number > MAX_CASES or size > MAX_BYTES:
            raise TooManyBodies(contract)
        yield case
