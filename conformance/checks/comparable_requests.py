"""The requests of a run whose responses are compared with each other, and what makes two of their inputs equal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from conformance.contract import Contract
from conformance.contract.roles import Roles
from conformance.engine import Expect, Probe
from conformance.generators.valid import depends_on_model
from conformance.http_client import PLAIN, Request
from conformance.validation import validate_request
from conformance.validation.request import read_request_body

from .alone import ALONE

MAX_BODY = 2**18
"""Bytes of the largest request whose response is compared."""

Place = tuple[str, str]
"""The path and the query of a request, below the base URL."""


@dataclass(frozen=True, slots=True)
class ComparableRequest:
    """A request that the contract allows, as its operation reads it.

    ``options`` are the properties beside the texts and the encoding. ``is_sized``: whether one of them states the
    length of the vectors.
    """

    credentials: Sequence[Sequence[str]]
    options: Mapping[str, Any]
    payload: object
    is_sized: bool
    roles: Roles

    def text_keys(self, size: int) -> Sequence[bytes]:
        """A key for each input. Equal keys: the same text, in any encoding, and everything else is equal too.

        If the request states a length, vectors of another *size* are not compared: ``response.dimensions`` is about
        them.
        """
        common = _digest(b"", [self.credentials, self.options, self.is_sized and size])
        return [_digest(common, item) for item in self.roles.inputs_of(self.payload)]

    @property
    def input_key(self) -> bytes:
        """A key for all inputs together, in one encoding. The length of the vectors does not change their tokens."""
        payload = self.payload
        if isinstance(payload, dict):
            payload = {name: value for name, value in payload.items() if name != self.roles.dimensions}
        return _digest(b"", [self.credentials, payload])


def comparable_request(
    request: Request, contract: Contract, place: Place | None = None
) -> ComparableRequest | None:
    """*request* if it may be compared, sent to *place* (path and query; None: the contract's path); else None."""
    body = request.content or b""
    is_elsewhere = (request.path, request.query) != (place or (contract.path, ""))
    if is_elsewhere or request.method != contract.method.upper() or len(body) > MAX_BODY:
        return None
    payload, problems = read_request_body(body, "request", contract)
    if problems or not isinstance(payload, dict | list) or validate_request(payload, contract=contract):
        return None
    headers = {scheme.header.lower() for scheme in contract.security.schemes}
    credentials = [[name.lower(), value] for name, value in request.headers if name.lower() in headers]
    roles = contract.roles
    members = payload.items() if isinstance(payload, dict) else ()
    options = {name: value for name, value in members if name not in (roles.encoding, roles.texts)}
    described = options.keys() & contract.form.properties.keys()
    is_sized = any(depends_on_model(contract, name) for name in described)
    return ComparableRequest(credentials, options, payload, is_sized, roles)


def is_comparable(probe: Probe) -> bool:
    """Whether a success of *probe* must have the usual response.

    It may be accepted, and it is sent in the usual way: ``http.transport.valid`` is about other ways.
    """
    is_usual = probe.request.transport == PLAIN and not isinstance(probe.request.body, tuple)
    return is_usual and probe.expect is not Expect.REJECT and probe.scenario in (None, ALONE)


def _digest(common: bytes, value: object) -> bytes:
    written = json.dumps(value, sort_keys=True).encode("utf-8")
    return blake2b(common + written, digest_size=16).digest()
