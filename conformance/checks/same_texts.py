"""Compares each vector of a run with the first one of the same text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.contract import Contract
from conformance.engine import Evidence, Expect, Moment, Probe
from conformance.generators.valid import depends_on_model
from conformance.http_client import Exchange, Request
from conformance.text import counted
from conformance.validation import validate_request
from conformance.validation.embeddings import ResponseVectors, describe_difference, same_vector
from conformance.validation.request import read_request_body

from .alone import ALONE

SHORTEST = 8
"""Numbers of a vector that is compared: in a shorter one, noise can change each number."""

MAX_BYTES = 16 * 2**20
"""Bytes of the first vectors that are kept. The vectors of further texts are not compared."""

MAX_DIFFERENCES = 10
"""Responses with another vector that are kept."""

STEADY = 500
"""Repeated vectors that are all right, after which the first wrong one is a change of the target."""

MAX_BODY = 2**18
"""Bytes of the largest request whose vectors are compared."""

Place = tuple[str, str]
"""The path and the query of a request, below the base URL."""

EXPECTED = "in each response, the vector of the first response to the same text"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the run: its first vector, and when that was requested."""

    vector: NDArray[np.floating[Any]]
    first: Moment


@dataclass(frozen=True, slots=True)
class Difference:
    """A response with another vector than the first one of the same text, which was requested at ``first``."""

    first: Moment
    found: str
    moment: Moment
    exchange: Exchange
    probe: Probe


class SameTexts:
    """The texts of a run, and the responses with another vector than the first one of the same text.

    The same text is an equal input, in any encoding, with equal credentials, model and other properties. Only requests
    that the contract and the declared capabilities allow are compared, sent to *place* (path and query; None: the
    contract's path).
    """

    def __init__(self, contract: Contract, place: Place | None = None) -> None:
        self._contract, self._place = contract, place
        self._texts: dict[bytes, Text] = {}
        self._differences: list[Difference] = []
        self._bytes = self._repeats = self._different = 0
        self.change: Probe | None = None
        """The first probe with another vector, if many repeated vectors before it were right."""

    def observe(
        self, exchange: Exchange, vectors: ResponseVectors | None, probe: Probe, moment: Moment
    ) -> None:
        """Compare the *vectors* of a response with earlier ones of the same texts."""
        is_comparable = probe.expect is not Expect.REJECT and probe.scenario in (None, ALONE)
        if vectors is None or vectors.size < SHORTEST or not is_comparable:
            return
        keys = text_keys(exchange.request, self._contract, vectors.size, self._place)
        for place, vector in vectors.kept.items():
            if place < len(keys):
                text = self._texts.get(keys[place])
                if text is None:
                    self._add(keys[place], Text(vector, moment))
                elif found := self._difference(text, vector):
                    self._record(Difference(text.first, found, moment, exchange, probe))

    def evidence(self) -> Sequence[Evidence]:
        """Evidence for the first responses with another vector."""
        count = f"{self._different:,} of {counted(self._repeats, 'repeated vector')} of the run differ"
        return [
            Evidence(
                EXPECTED,
                f"another vector in {one.moment} ({one.found}); the first one is from {one.first}; {count}",
                one.exchange,
                one.probe.description,
            )
            for one in self._differences
        ]

    def _add(self, key: bytes, text: Text) -> None:
        self._bytes += text.vector.nbytes
        if self._bytes <= MAX_BYTES:
            self._texts[key] = text

    def _difference(self, text: Text, vector: NDArray[np.floating[Any]]) -> str:
        """How *vector* differs from the first one of *text*; empty if it is the same."""
        one, other = text.vector.astype(np.float64), vector.astype(np.float64)
        self._repeats += 1
        return "" if same_vector(one, other) else describe_difference(one, other)

    def _record(self, difference: Difference) -> None:
        if not self._different and self._repeats > STEADY:
            self.change = difference.probe
        self._different += 1
        if len(self._differences) < MAX_DIFFERENCES:
            self._differences.append(difference)


def text_keys(request: Request, contract: Contract, size: int, place: Place | None = None) -> Sequence[bytes]:
    """A key for each input of *request*; none if the request is not one that the contract allows.

    If the request states a length, vectors of another *size* are not compared: ``response.dimensions`` is about them.
    """
    body = request.content or b""
    is_elsewhere = (request.path, request.query) != (place or (contract.path, ""))
    if is_elsewhere or request.method != contract.method.upper() or len(body) > MAX_BODY:
        return ()
    payload, problems = read_request_body(body, "request", contract)
    if problems or not isinstance(payload, dict | list) or validate_request(payload, contract=contract):
        return ()
    headers = {scheme.header.lower() for scheme in contract.security.schemes}
    credentials = [[name.lower(), value] for name, value in request.headers if name.lower() in headers]
    roles = contract.roles
    members = payload.items() if isinstance(payload, dict) else ()
    options = {name: value for name, value in members if name not in (roles.encoding, roles.texts)}
    described = options.keys() & contract.form.properties.keys()
    is_sized = any(depends_on_model(contract, name) for name in described)
    common = blake2b(_written([credentials, options, is_sized and size]), digest_size=16).digest()
    return [blake2b(common + _written(item), digest_size=16).digest() for item in roles.inputs_of(payload)]


def _written(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode("utf-8")
