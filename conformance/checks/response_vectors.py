"""The vectors of the target's responses."""

from __future__ import annotations

from conformance.http_client import Exchange
from conformance.validation.embeddings import Vector, vectors_of

from .exchange_cache import ExchangeCache

Vectors = ExchangeCache[list[Vector] | None]
"""Decodes the vectors of each response once.

Only vectors without a fault of their own are compared: one for each input, all of one length, with finite numbers that
are not all zero. Area ``response`` reports all other faults, once.
"""


def vectors_in(exchange: Exchange) -> list[Vector] | None:
    """The vectors of an exchange with status 200, in the order of their inputs, shape (dimensions,) each.

    None if they cannot be compared.
    """
    sent = exchange.request.body
    return vectors_of(exchange.body, sent) if exchange.status == 200 and isinstance(sent, bytes) else None
