"""A Hypothesis backend whose examples depend only on the seed.

By default, Hypothesis also uses constants from the source code of imported modules, such as the user's conftest. It
collects them for a tenth of a second, so the same seed gives different examples in another process. An alternative
backend is the documented way to change that.

It also limits how many values Hypothesis draws: a time would give other examples on a slower machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from .budget import Steps

BACKEND = "embeddings-conformance"

DRAWS_OF_ATTEMPT = 20
"""What one attempt at an example takes, in draws. Most attempts at a schema that few values meet draw little."""

_draws: ContextVar[Steps | None] = ContextVar("draws", default=None)


class TooManyDraws(Exception):
    """Ends a computation that has drawn as many values as it may."""


@contextmanager
def at_most(number: int) -> Iterator[Steps]:
    """Limit the values that Hypothesis draws to *number*, with those that attempts count as.

    The next draw raises TooManyDraws.
    """
    draws = Steps(number)
    token = _draws.set(draws)
    try:
        yield draws
    finally:
        _draws.reset(token)


class SeededProvider(HypothesisProvider):
    """Hypothesis's default provider, without constants from source code. Each attempt at an example has a new one."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        draws = _draws.get()
        if draws is not None:
            draws.take(DRAWS_OF_ATTEMPT)

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """Draw no constant, and count the value that is drawn instead, from the seeded random generator."""
        draws = _draws.get()
        if draws is not None:
            if draws.are_exhausted:
                raise TooManyDraws
            draws.take()


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{SeededProvider.__name__}"
