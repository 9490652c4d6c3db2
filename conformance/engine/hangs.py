"""Requests without a response in time: which are explained by a slow target, and which kinds to send no more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable

from .check import Probe

LARGE = 1000
"""A request of at least so many tokens is large: it is sent without others in flight, and may take long. A slow target
handles large requests one by one, so the last of several would exceed its timeout."""

MIN_SHARE = 0.5
"""A timeout is explained if the rate of other requests predicts at least this share of it."""

PLAIN_LIMIT = 4
"""Probes of the canary's kind that may hang. All other kinds end with the first."""


class Hanging(Exception):
    """Requests of this kind get no response in time, so no more of them are sent."""

    def __init__(self, hung: Probe, seconds: float) -> None:
        self.hung = hung
        super().__init__(f"requests like {hung.description} get no answer in {seconds:.3g} s")


class Pace:
    """How long the target takes for each prompt token."""

    def __init__(self) -> None:
        self._slowest = 0.0

    def record(self, tokens: int, seconds: float) -> None:
        """Record a request that was answered."""
        if tokens:
            self._slowest = max(self._slowest, seconds / max(tokens, 10))

    def explanation(self, tokens: int, seconds: float) -> str:
        """Why *tokens* may take longer than *seconds*, and what to do; empty if the rate does not explain it."""
        expected = self._slowest * tokens
        if tokens < LARGE or expected < MIN_SHARE * seconds:
            return ""
        enough = math.ceil(2 * expected / 10) * 10
        rate = f"other requests took up to {self._slowest * 1000:.3g} ms for each prompt token"
        return (
            f"no answer in {seconds:.3g} s to about {tokens:,} prompt tokens; {rate}."
            f" A timeout of {enough:,} s is enough: set it with the option timeout"
        )


class Hangs:
    """The kinds of requests that got no response, although the target responded to others."""

    def __init__(self, canary: Probe) -> None:
        self._plain = kind_of(canary)
        self._hung: dict[Hashable, tuple[Probe, float]] = {}
        self._count: Counter[Hashable] = Counter()

    def record(self, probe: Probe, seconds: float) -> None:
        """Record that *probe* got no response within *seconds*, twice."""
        kind = kind_of(probe)
        self._hung.setdefault(kind, (probe, seconds))
        self._count[kind] += 1

    def check(self, probe: Probe) -> None:
        """Raise Hanging if enough probes of the same kind have hung."""
        kind = kind_of(probe)
        if self._count[kind] >= (PLAIN_LIMIT if kind == self._plain else 1):
            raise Hanging(*self._hung[kind])


def kind_of(probe: Probe) -> Hashable:
    """What requests have in common that a target handles by the same code: the form of each property of the body."""
    request = probe.request
    payload = probe.payload
    if isinstance(payload, dict):
        form: Hashable = frozenset((name, _form(value)) for name, value in payload.items())
    else:
        form = type(payload).__name__
    return request.method, request.path, request.query, probe.expect, probe.tokens >= LARGE, form


def _form(value: object) -> Hashable:
    if isinstance(value, list):
        return ("list", _form(value[0]) if value else "")
    return type(value).__name__
