"""What an exchange came to."""

from __future__ import annotations

from conformance.http_client import Exchange, Failure, FailureKind


def kinds(exchanges: list[Exchange]) -> list[FailureKind | None]:
    """The kind of failure of each exchange, or None."""
    return [exchange.failure.kind if exchange.failure else None for exchange in exchanges]


def statuses(exchanges: list[Exchange]) -> list[int]:
    return [exchange.status for exchange in exchanges]


def failure_of(exchange: Exchange) -> Failure:
    """The failure of an exchange without a response."""
    assert exchange.response is None
    assert exchange.failure is not None
    assert "\n" not in exchange.failure.detail
    return exchange.failure


def kind_of(exchange: Exchange) -> FailureKind:
    return failure_of(exchange).kind
