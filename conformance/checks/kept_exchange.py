"""What is kept of an exchange to the end of a run: the beginning of the body, and headers of limited size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.http_client import Exchange, Response
from conformance.text import counted

KEPT_BODY = 8 * 1024
"""Bytes of a body that are kept. Reports show less of a body that is cut, so they show no part of a secret."""

KEPT_HEADERS = 8 * 1024
"""Characters of all headers of a response together. More are kept only of the headers that checks read."""

LONG = 500
"""Characters of a header's value above which it is replaced, if the headers are over their limit together."""

READ_BY_CHECKS = frozenset({"allow", "content-type", "location", "retry-after", "server", "www-authenticate"})


def shortened_exchange(exchange: Exchange) -> Exchange:
    """*exchange* without what is not kept."""
    exchange = exchange.clipped(KEPT_BODY)
    response = exchange.response
    if response is None or sum(len(name) + len(value) for name, value in response.headers) <= KEPT_HEADERS:
        return exchange
    return replace(exchange, response=replace(response, headers=tuple(_headers(response))))


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    size = 0
    for name, value in response.headers:
        short = value if len(value) <= LONG else f"({counted(len(value), 'character')})"
        size += len(name) + len(short)
        if size <= KEPT_HEADERS or name in READ_BY_CHECKS:
            yield name, short
