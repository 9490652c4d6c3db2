"""Results that are computed once for each exchange, and freed with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import finalize

from conformance.http_client import Exchange

T = TypeVar("T")


class ExchangeCache(Generic[T]):
    """Calls *compute* once for each exchange.

    A result may take many megabytes. It is freed as soon as its exchange is, which the cache does not keep.
    """

    def __init__(self, compute: Callable[[Exchange], T]) -> None:
        self._compute = compute
        self._results: dict[int, T] = {}

    def of(self, exchange: Exchange) -> T:
        """The result for *exchange*."""
        key = id(exchange)
        if key not in self._results:
            self._results[key] = self._compute(exchange)
            finalize(exchange, self._results.pop, key).atexit = False
        return self._results[key]
