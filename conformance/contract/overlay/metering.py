"""Count the steps of an overlay's actions, so that no overlay takes long.

The document consists of objects and arrays that count each of their values when it is visited, whatever code visits it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract.openapi.limits import MAX_STEPS, MAX_VALUES, MAX_VISITS


class TooManySteps(ValueError):
    """The actions of an overlay take too long, or make the document too large; the message is the reason."""


class Meter:
    """Counts steps. Each visit of a query counts as several steps if the query has queries inside."""

    def __init__(self) -> None:
        self._steps, self._visits, self._weight = MAX_STEPS, MAX_VISITS, 1

    def begin_query(self, query: str) -> None:
        """Count the following visits as those of *query*."""
        self._visits, self._weight = MAX_VISITS, query.count("$") + query.count("@")

    def visit(self, values: int) -> None:
        """Count a visit of each of *values* values. Raises TooManySteps."""
        self._visits -= values
        if self._visits < 0:
            raise TooManySteps(f"the query visits more than {MAX_VISITS:,} values; use a more specific one")
        self.take(values * self._weight)

    def take(self, steps: int) -> None:
        """Count *steps*. Raises TooManySteps."""
        self._steps -= steps
        if self._steps < 0:
            problem = f"the actions take more than {MAX_STEPS:,} steps in all"
            raise TooManySteps(f"{problem}; use fewer actions or more specific queries")


class MeteredObject(dict[str, Any]):
    """An object that counts its members when they are visited or compared."""

    __slots__ = ("meter",)
    meter: Meter

    def items(self) -> Any:
        """The members, which are counted."""
        self.meter.visit(len(self))
        return super().items()

    def __eq__(self, other: object) -> bool:
        self.meter.visit(len(self))
        return super().__eq__(other)

    __hash__ = None

    def __deepcopy__(self, memo: object) -> Any:
        return metered_copy(self, self.meter)


class MeteredArray(list[Any]):
    """An array that counts its items when they are visited or compared."""

    __slots__ = ("meter",)
    meter: Meter

    def __iter__(self) -> Iterator[Any]:
        self.meter.visit(len(self))
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        self.meter.visit(len(self))
        return super().__eq__(other)

    __hash__ = None

    def __deepcopy__(self, memo: object) -> Any:
        return metered_copy(self, self.meter)


def metered_copy(value: Any, meter: Meter) -> Any:
    """A copy of *value* whose visits *meter* counts."""
    if isinstance(value, dict):
        made = MeteredObject({key: metered_copy(item, meter) for key, item in dict.items(value)})
        made.meter = meter
        return made
    if isinstance(value, list):
        array = MeteredArray([metered_copy(item, meter) for item in list.__iter__(value)])
        array.meter = meter
        return array
    return value


def plain_copy(value: Any) -> Any:
    """A copy of *value* that counts nothing."""
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in dict.items(value)}
    if isinstance(value, list):
        return [plain_copy(item) for item in list.__iter__(value)]
    return value


def count_values(value: Any) -> int:
    """The number of values in *value*, including itself."""
    if isinstance(value, dict):
        return 1 + sum(map(count_values, dict.values(value)))
    return 1 + sum(map(count_values, list.__iter__(value))) if isinstance(value, list) else 1


class Growth:
    """The size of a *document* whose values other than the root may change, so that it stays within MAX_VALUES."""

    def __init__(self, document: Any, meter: Meter) -> None:
        self._document, self._meter = document, meter
        self._at_most = count_values(document)

    def add(self, values: int) -> None:
        """Count that at most *values* are added. Raises TooManySteps if the document would become too large."""
        self._meter.take(values)
        self._at_most += values
        if self._at_most > MAX_VALUES:
            self._at_most = count_values(self._document) + values
        if self._at_most > MAX_VALUES:
            raise TooManySteps(f"the document would have more than {MAX_VALUES:,} values; copy or add less")
