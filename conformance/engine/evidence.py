"""The evidence of a violation, and its sentences."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.http_client import Exchange, Request

THE_SERVER = "the server "
"""The beginning of a sentence about what the server did."""

BESIDE = "It failed again only together with other requests."
"""The condition of a failure that is caused by load."""


def actual_as_sentence(actual: str) -> str:
    """The ``actual`` of an evidence as a part of a sentence: "the server ...", or "got ..."."""
    return actual if actual.startswith(THE_SERVER) else f"got {actual}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange that shows a violation: the expected and the actual outcome.

    ``actual`` is a sentence about the server, or completes "got ...". ``reproduction`` says under which condition the
    repeated request failed again; empty if it was not repeated. ``compared`` are the exchanges whose vectors do not
    have the expected relation; none if it is not about vectors. ``pattern`` is what the failed requests have in common,
    as a sentence about the server; empty if that is not known. ``earlier`` is the request after which it failed again.
    """

    expected: str
    actual: str
    exchange: Exchange
    probe: str = ""
    reproduction: str = ""
    compared: tuple[Exchange, ...] = ()
    pattern: str = ""
    earlier: Request | None = None

    @property
    def reason(self) -> str:
        """The expected outcome, what failed requests have in common, and the actual outcome, in one sentence."""
        parts = [f"expected {self.expected}", self.pattern, actual_as_sentence(self.actual)]
        return "; ".join(filter(None, parts))
