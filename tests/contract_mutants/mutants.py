"""Faulty servers of any contract: its reference server with one fault, found in schemas and responses, not by names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.contract import Contract, Schema
from conformance.generators import plain_case
from conformance.validation import validate_request
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server

BOUNDS = tuple(
    f"request.*.{name}"
    for name in ("min-items", "max-items", "min-length", "max-length", "minimum", "maximum")
)
"""The ids of requirements on bounds."""

TYPES = ("request.*.type", "request.*.one-of", "request.*.any-of")

LEAST_VECTOR = 8
"""The length of the shortest array of numbers in a response that is taken for a vector."""


@dataclass(frozen=True)
class Mutant:
    """A server with one fault, for the contracts that ``applies`` accepts.

    ``fails`` are patterns of ids: one of these requirements must fail. They are all that is run.
    """

    name: str
    fails: tuple[str, ...]
    fault: Callable[[Contract], Fault]
    applies: Callable[[Contract], bool] = lambda contract: True


def mutants(contract: Contract, number: int) -> list[Mutant]:
    """The first *number* mutants that apply to *contract*."""
    applying = [m for m in MUTANTS if m.applies(contract) and _exists(contract, m.fails)]
    return applying[:number]


def _exists(contract: Contract, patterns: tuple[str, ...]) -> bool:
    return any(contract.catalogue.matching(pattern) for pattern in patterns)


def _accepts_violations(*patterns: str) -> Callable[[Contract], Fault]:
    """A server that answers a request that violates a requirement with one of these ids as if it were valid."""

    def make(contract: Contract) -> Fault:
        async def server(request: Request, correct: Server) -> Response:
            response = await correct(request)
            if 400 <= response.status < 500 and _violates(request, contract, patterns):
                return await correct(_plain(contract, request))
            return response

        return server

    return make


def _violates(request: Request, contract: Contract, patterns: tuple[str, ...]) -> bool:
    violated = {violation.requirement for violation in validate_request(request.body, contract=contract)}
    return any(fnmatchcase(id, pattern) for id in violated for pattern in patterns)


def _answers_500(contract: Contract) -> Fault:
    """A server that answers a request with an invalid body with 500."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        is_rejected = 400 <= response.status < 500 and _violates(request, contract, ("request.*",))
        return error(500) if is_rejected else response

    return server


def _plain(contract: Contract, request: Request) -> Request:
    """*request* with the plainest valid body."""
    return request.with_body(plain_case(contract, contract.example_model or "model").body)


def _accepts_get(contract: Contract) -> Fault:
    method = contract.method.upper()

    async def server(request: Request, correct: Server) -> Response:
        if request.method != "GET":
            return await correct(request)
        found = _plain(contract, request).with_header("content-type", contract.media_type)
        return await correct(Request(found.headers, found.body, method, found.path, found.query))

    return server


def _accepts_anonymous(contract: Contract) -> Fault:
    authentication = Authentication(contract)
    return authentication.accepts(authentication.is_anonymous)


def _needs_credentials(contract: Contract) -> bool:
    return contract.security.is_known and not contract.security.accepts(())


def _changes_vectors(change: Callable[[list[Vector]], None]) -> Callable[[Contract], Fault]:
    """A server that changes the vectors of each successful response, in place."""

    def make(_: Contract) -> Fault:
        async def server(request: Request, correct: Server) -> Response:
            response = await correct(request)
            if not response.ok:
                return response
            payload = response.payload()
            change(list(vectors(payload)))
            return response.with_body(json.dumps(payload).encode())  # orjson has null for NaN

        return server

    return make


@dataclass
class Vector:
    """A vector of a response: ``container[key]``, in the item ``list[index]`` of a list of items, if there is one."""

    container: Any
    key: Any
    list: Any = None
    index: int = 0

    @property
    def value(self) -> Any:
        """The numbers."""
        return self.container[self.key]

    @value.setter
    def value(self, value: Any) -> None:
        self.container[self.key] = value


def vectors(node: Any, within: tuple[Any, int] = (None, 0)) -> Iterator[Vector]:
    """The arrays of numbers in a response, in its order, each with the list around that has an item for each."""
    for key, value in list(_members(node)):
        around = (node, key) if isinstance(node, list) else within
        if (
            isinstance(value, list)
            and len(value) >= LEAST_VECTOR
            and all(isinstance(n, float | int) for n in value)
        ):
            yield Vector(node, key, *around)
        else:
            yield from vectors(value, around)


def _members(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def _rotates(found: list[Vector]) -> None:
    values = [vector.value for vector in found]
    for vector, value in zip(found, values[1:] + values[:1], strict=True):
        vector.value = value


def _drops_last(found: list[Vector]) -> None:
    if len(found) > 1 and found[-1].list is not None:
        del found[-1].list[found[-1].index]


def _shortens_last(found: list[Vector]) -> None:
    if len(found) > 1:
        found[-1].value = found[-1].value[:-1]


def _puts_nan(found: list[Vector]) -> None:
    for vector in found[:1]:
        vector.value = [float("nan"), *vector.value[1:]]


def _zeroes(found: list[Vector]) -> None:
    for vector in found:
        vector.value = [0.0] * len(vector.value)


def _counts_nothing(contract: Contract) -> Fault:
    paths = list(_counts(contract.response))

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not response.ok:
            return response
        payload = response.payload()
        for outer, inner in paths:
            if isinstance(payload.get(outer), dict) and inner in payload[outer]:
                payload[outer][inner] = 0
        return response.with_payload(payload)

    return server


def _counts(response: Schema) -> Iterator[tuple[str, str]]:
    """The integers in objects of the response."""
    for outer, node in response.properties.items():
        for inner, child in node.properties.items():
            if child.type == "integer":
                yield outer, inner


def _has_batches(contract: Contract) -> bool:
    return not contract.roles.has_one_vector


def _violable(*patterns: str) -> Callable[[Contract], bool]:
    """Whether the reference server can reject a request for one of these reasons."""
    return lambda contract: _exists(contract, patterns)


MUTANTS = (
    Mutant(
        "accepts requests without credentials", ("auth.reject.*",), _accepts_anonymous, _needs_credentials
    ),
    Mutant(
        "accepts requests without a required property",
        ("request.*.required",),
        _accepts_violations("request.*.required"),
    ),
    Mutant("accepts values of a wrong type", TYPES, _accepts_violations("request.*.type", *TYPES)),
    Mutant("accepts malformed JSON", ("request.json.*",), _accepts_violations("request.json.*")),
    Mutant("ignores the bounds of values", BOUNDS, _accepts_violations(*BOUNDS), _violable(*BOUNDS)),
    Mutant(
        "returns the vector of another text for each text of a batch",
        ("meaning.single-item", "meaning.permutation", "meaning.batch.equal-lengths"),
        _changes_vectors(_rotates),
        _has_batches,
    ),
    Mutant(
        "leaves out the last vector",
        ("response.count", "meaning.batch.equal-lengths"),
        _changes_vectors(_drops_last),
        _has_batches,
    ),
    Mutant(
        "shortens the last vector of a batch",
        ("response.constant-length", "response.length", "response.dimensions"),
        _changes_vectors(_shortens_last),
        _has_batches,
    ),
    Mutant("sends NaN in a vector", ("response.json.not-a-number",), _changes_vectors(_puts_nan)),
    Mutant(
        "responds to invalid requests with 500",
        ("request.*.required", "request.json.syntax"),
        _answers_500,
    ),
    Mutant("responds to GET with embeddings", ("http.method.get",), _accepts_get),
    Mutant(
        "counts no tokens",
        ("response.usage.counted", "response.usage.sums", "response.usage.grows"),
        _counts_nothing,
        lambda contract: any(_counts(contract.response)),
    ),
    Mutant(
        "accepts values outside of an enumeration",
        ("request.*.enum",),
        _accepts_violations("request.*.enum"),
        _violable("request.*.enum"),
    ),
    Mutant("returns vectors of zeros", ("response.not-zero",), _changes_vectors(_zeroes)),
)
"""The faults, in the order in which they are chosen."""
