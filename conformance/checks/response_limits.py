"""The largest size that the body of a response can need, derived from its request."""

from __future__ import annotations

from conformance.contract.roles import Roles
from conformance.generators.case import payload_of

NUMBER_BYTES = 32
"""Bytes of a number in JSON."""

VECTOR_LENGTH = 8192
"""Numbers of the longest vector, unless the request asks for more."""

OTHER_BYTES = 1024 * 1024
"""Bytes of everything else in a response."""


def response_limit(body: bytes | tuple[bytes, ...], roles: Roles) -> int:
    """Bytes of the largest body that a response to the request *body* can need.

    Some servers return a vector for each token of an array. Their responses are read, since their fault is the count.
    """
    payload = payload_of(body if isinstance(body, bytes) else b"".join(body))
    match roles.dimensions_of(payload):
        case int(requested):
            length = max(VECTOR_LENGTH, requested)
        case _:
            length = VECTOR_LENGTH
    texts = roles.texts_of(payload)
    items = len(texts) if isinstance(texts, list) else 1
    return OTHER_BYTES + NUMBER_BYTES * length * max(1, items)
