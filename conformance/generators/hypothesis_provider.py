"""Hypothesis's own source of examples, made to depend on nothing but the seed.

By default Hypothesis mixes in constants that it finds in the sources of modules which happen to be imported, the user's
conftest among them, as far as it gets in a tenth of a second: the same seed gives other examples in another process.
An alternative backend is its way to change that.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "embeddings-conformance"


class SteadyProvider(HypothesisProvider):
    """Hypothesis's provider without constants."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """Draw none; all values come from the seeded generator."""


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{SteadyProvider.__name__}"
