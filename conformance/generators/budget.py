"""The limit of what is generated for one contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.contract import Contract
from conformance.errors import UsageError

from .case import Case

MAX_CASES = 10_000
"""Request bodies. The vendored contract needs 300."""

MAX_BYTES = 128 * 2**20
"""Bytes of all request bodies together."""


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
