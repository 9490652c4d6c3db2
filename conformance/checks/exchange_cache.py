"""Results that are computed once for each exchange, and freed with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import finalize

from conformance.http_client import Exchange

T = TypeVar("T")


class ExchangeCache(Generic[T]):
    """Calls *compute* once for each exchange whose result was not added before.

    A result may take many megabytes. It is freed as soon as its exchange is, which the cache does not keep.
    """

    def __init__(self, compute: Callable[[Exchange], T]) -> None:
        self._compute = compute
        self._results: dict[int, T] = {}

    def of(self, exchange: Exchange) -> T:
        """The result for *exchange*."""
        if id(exchange) not in self._results:
            self.add(exchange, self._compute(exchange))
        return self._results[id(exchange)]

    def add(self, exchange: Exchange, result: T) -> None:
        """Set the result for *exchange*."""
        if id(exchange) not in self._results:
            finalize(exchange, self._results.pop, id(exchange)).atexit = False
        self._results[id(exchange)] = result
