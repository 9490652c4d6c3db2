"""What a run measured besides verdicts: the result for each set of credentials, and response times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import quantiles
from typing import Any

from conformance.contract import Security
from conformance.engine import RunResult
from conformance.http_client import Exchange

MAX_CANARIES = 300
"""Response times of plainly valid requests in a report."""


def credential_metrics(
    security: Security, answered: Mapping[frozenset[str], Exchange | None]
) -> dict[str, Any]:
    """Each set of credentials: what the contract expects, and what the target did."""
    return {
        "schemes": [{"name": scheme.name, "header": scheme.header} for scheme in security.schemes],
        "sets": [
            {
                "schemes": [scheme.name for scheme in security.ordered(names)],
                "expected": "accepted" if security.accepts(names) else "refused",
                **_found(answered.get(names)),
            }
            for names in security.subsets()
        ],
    }


def latency_metrics(result: RunResult) -> list[dict[str, Any]]:
    """Response times by area, in seconds, in the catalogue's order.

    An exchange that several requirements of an area share counts once: its duration is the same float in all of them.
    """
    areas: dict[str, set[float]] = {}
    for outcome in result.outcomes.values():
        areas.setdefault(outcome.requirement.area, set()).update(outcome.seconds)
    return [{"area": area, **_spread(sorted(seconds))} for area, seconds in areas.items() if seconds]


def canary_metrics(result: RunResult) -> list[dict[str, float]]:
    """When plainly valid requests were sent, and their response times, in seconds: at most MAX_CANARIES of them."""
    times = result.canary_times
    step = -(-len(times) // MAX_CANARIES) or 1
    return [{"after": round(after, 3), "seconds": round(seconds, 6)} for after, seconds in times[::step]]


def _found(exchange: Exchange | None) -> dict[str, Any]:
    if exchange is None:
        return {"found": None, "status": None}
    if exchange.response is None:
        return {"found": "neither", "status": None}
    status = exchange.response.status
    kind = "accepted" if exchange.succeeded else "refused" if 400 <= status < 500 else "neither"
    return {"found": kind, "status": status}


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 19
    shown = {
        "minimum": min(seconds),
        "lower_quartile": cuts[4],
        "median": cuts[9],
        "upper_quartile": cuts[14],
        "p95": cuts[18],
        "maximum": max(seconds),
    }
    return {"requests": len(seconds), **{name: round(value, 6) for name, value in shown.items()}}
