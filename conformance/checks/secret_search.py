"""Searches responses for secrets."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.http_client import Exchange

MIN_LENGTH = 8
"""Shorter secrets may be part of a response by chance."""


def contains_secret(exchange: Exchange, secrets: Iterable[str]) -> bool:
    """Whether the body or a header of the response contains one of *secrets*."""
    if exchange.response is None:
        return False
    headers = "\n".join(value for _, value in exchange.response.headers)
    text = exchange.body.decode("utf-8", "replace") + headers
    return any(secret in text for secret in secrets)
