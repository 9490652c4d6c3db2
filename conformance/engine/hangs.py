"""Requests without a response in time: whether the target is only slow, and which kinds are not sent again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from conformance.http_client import PLAIN
from conformance.text import counted

from .check import Probe

LARGE = 1000
"""A request of at least so many tokens is large: it is sent without others in flight, and may take long. A slow target
handles large requests one by one, so the last of several would exceed its timeout."""

MIN_SHARE = 0.5
"""A timeout is explained if the rate of other requests predicts at least this share of it."""

QUICK = 1.0
"""A large request that takes at most so many seconds is sent beside small ones. It does not delay them much."""

SIMILAR = 4
"""Requests are similar to one that has up to so many times their tokens and inputs."""

COMPARABLE = 64
"""Requests are comparable with one that has so many times their tokens."""

SMALL = 64
"""Requests of at most so many tokens take about the same time: most of it does not depend on their text."""

SAME_FORM_LIMIT = 4
"""Probes of one form that may hang if others of the form are answered: only some of their values hang."""


class Hanging(Exception):
    """Requests of this kind get no response in time, so no more of them are sent."""

    def __init__(self, hung: Probe, seconds: float) -> None:
        self.hung = hung
        super().__init__(f"requests like {hung.description} get no response in {seconds:.3g} s")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a request got no response in time, and the expected duration in seconds."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a request: its prompt tokens and its inputs."""

    tokens: int
    inputs: int

    @classmethod
    def of(cls, probe: Probe) -> Size:
        """The size of *probe*."""
        return cls(probe.tokens, probe.inputs)


class Pace:
    """How long the target takes for requests of different sizes."""

    def __init__(self) -> None:
        self._slowest: dict[Size, float] = {}

    def record(self, probe: Probe, seconds: float) -> None:
        """Record a request that was answered, unless the client itself paused while it sent the request."""
        if probe.request.transport.pause:
            return
        size = Size.of(probe)
        self._slowest[size] = max(seconds, self._slowest.get(size, 0.0))

    def is_quick(self, probe: Probe) -> bool:
        """Whether similar requests predict that *probe* takes no longer than `QUICK`.

        What the quickest requests take does not depend on the size.
        """
        fixed = min(self._slowest.values(), default=0.0)
        wanted = Size.of(probe)
        ratios = {
            size: (wanted.tokens / max(size.tokens, 1), wanted.inputs / max(size.inputs, 1))
            for size in self._slowest
        }
        similar = {
            size: max(found) for size, found in ratios.items() if 1 <= min(found) <= max(found) <= SIMILAR
        }
        expected = [fixed + (self._slowest[size] - fixed) * ratio for size, ratio in similar.items()]
        return bool(expected) and max(expected) <= QUICK

    def explanation(self, probe: Probe, seconds: float) -> Explanation | None:
        """Why *probe* may take longer than *seconds*, and what to do; None if smaller requests do not explain it."""
        wanted = Size.of(probe)
        smaller = [(size, took) for size, took in self._slowest.items() if size.tokens <= wanted.tokens]
        by_tokens = [(size.tokens, took) for size, took in smaller]
        by_inputs = [(size.inputs, took) for size, took in smaller]
        found = (
            _explanation(by_tokens, wanted.tokens, "prompt token", seconds, least=SMALL),
            _explanation(by_inputs, wanted.inputs, "input", seconds),
        )
        return max(filter(None, found), key=lambda explanation: explanation.seconds, default=None)


def _explanation(
    smaller: Iterable[tuple[int, float]], wanted: int, unit: str, seconds: float, *, least: int = 1
) -> Explanation | None:
    """The explanation by *smaller* requests. The time of one of at most *least* units does not depend on its size."""
    comparable = [
        (took / max(size, least) * max(wanted, least), size, took)
        for size, took in smaller
        if size and wanted / COMPARABLE <= size < wanted
    ]
    expected, size, took = max(comparable, default=(0.0, 0, 0.0))
    if not size or expected < MIN_SHARE * seconds:
        return None
    enough = math.ceil(2 * expected / 10) * 10
    reason = (
        f"no response in {seconds:.3g} s to about {counted(wanted, unit)}; {size:,} took {took:.3g} s."
        f" A timeout of {enough:,} s is enough: set it with the option timeout"
    )
    return Explanation(reason, expected)


class Hangs:
    """What requests without a response have in common, although the target responded to others.

    A request has the features that its body has certain properties, and that they have certain forms. A feature that
    was in a request without a response, and never in one that was answered, is suspected.
    """

    def __init__(self) -> None:
        self._answered: set[Hashable] = set()
        self._hung: list[tuple[Probe, float]] = []
        self._count: Counter[Hashable] = Counter()

    def record_answered(self, probe: Probe) -> None:
        """Record that *probe* got a response."""
        self._answered |= request_features(probe)

    def record(self, probe: Probe, seconds: float) -> None:
        """Record that *probe* got no response within *seconds*, twice."""
        self._hung.append((probe, seconds))
        self._count[request_features(probe)] += 1

    def check(self, probe: Probe) -> None:
        """Raise Hanging if *probe* has the suspected features of one that hung."""
        own = request_features(probe)
        for hung, seconds in self._hung:
            suspected = self._suspected(hung)
            if (suspected and suspected <= own) or self._count[own] >= SAME_FORM_LIMIT:
                raise Hanging(hung, seconds)

    def _suspected(self, hung: Probe) -> frozenset[Hashable]:
        """The suspected properties of a request that hung; if all were answered elsewhere, the suspected forms."""
        unknown = request_features(hung) - self._answered
        properties = frozenset(feature for feature in unknown if isinstance(feature, str))
        return properties or frozenset(unknown)


def request_features(probe: Probe) -> frozenset[Hashable]:
    """The names of the properties of the body, and their forms; for other bodies their kind.

    The method and the path; the names of the headers; and the transport if it is unusual.
    """
    request, payload = probe.request, probe.payload
    common: set[Hashable] = {("request", request.method, request.path, request.query)}
    common |= {("header", name.lower()) for name, _ in request.headers}
    common |= {("transport", request.transport)} if request.transport != PLAIN else set()
    if not isinstance(payload, dict):
        return frozenset(common | {("body", type(payload).__name__, request.body == b"")})
    return frozenset(common | payload.keys() | {(name, _form(value)) for name, value in payload.items()})


def _form(value: object) -> Hashable:
    if isinstance(value, list):
        return "list", _form(value[0]) if value else "", len(value) > 1
    return type(value).__name__
