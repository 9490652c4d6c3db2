"""A Hypothesis backend whose examples depend only on the seed.

By default, Hypothesis also uses constants from the source code of imported modules, such as the user's conftest. It
collects them for a tenth of a second, so the same seed gives different examples in another process. An alternative
backend is the documented way to change that.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

BACKEND = "embeddings-conformance"


class SeededProvider(HypothesisProvider):
    """Hypothesis's default provider, without constants from source code."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """Draw no constant; all values come from the seeded random generator."""


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{SeededProvider.__name__}"
