"""Mutants that accept invalid payloads, or reject valid ones, without those about ``input``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.contract import Contract
from tests.faulty_servers.embeddings import is_base64
from tests.faulty_servers.faults import (
    Condition,
    changes_payload,
    changes_status,
    crashes_on_invalid,
    crashes_on_invalid_payload,
    only_for,
    rejects,
)
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant
from tests.mutants.request_input import TEXT

CLOSED = "request.additional-properties"


def request_schema_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area request, without those about ``input``, malformed JSON and the contents of texts."""
    plain = {"model": contract.example_model, "input": TEXT}
    yield from _objects(plain, contract.request.properties)
    yield from _models(contract.example_model)
    yield from _encodings(contract.request.properties["encoding_format"].node["enum"])
    yield from _dimensions(contract.request.properties["dimensions"].node["minimum"])
    yield from _users()
    yield Mutant("returns 404 for invalid requests", "request.rejection.status", changes_status(400, 404))
    yield Mutant("returns 409 for invalid requests", "request.rejection.status", changes_status(400, 409))


def _objects(plain: Payload, known: Mapping[str, object]) -> Iterator[Mutant]:
    ignores = changes_payload(
        lambda p: p.keys() - known, lambda p: {k: v for k, v in p.items() if k in known}
    )
    missing = crashes_on_invalid_payload(lambda p: "input" not in p)
    yield Mutant("embeds a JSON string as the whole body", "request.type", _embeds_strings(plain))
    yield Mutant("crashes on a body that is not an object", "request.type", crashes_on_invalid(_is_scalar))
    yield Mutant("ignores unknown properties", CLOSED, ignores)
    yield Mutant("treats the unknown property MODEL as the user", CLOSED, _renames({"MODEL": "user"}))
    yield Mutant(
        "rejects requests whose first property is not input",
        CLOSED,
        rejects(lambda p: next(iter(p)) != "input"),
    )
    yield Mutant(
        "uses a default model if there is none", "request.model.required", _sets("model", plain["model"])
    )
    yield Mutant("uses a default input if there is none", "request.input.required", _sets("input", TEXT))
    yield Mutant("crashes on a missing input", "request.input.required", missing)


def _models(model: str | None) -> Iterator[Mutant]:
    number = changes_payload(lambda p: type(p.get("model")) in (int, float), lambda p: {**p, "model": model})
    yield Mutant(
        "treats a null model as the default model", "request.model.any-of", _replaces("model", None, model)
    )
    yield Mutant("treats a number as the default model", "request.model.any-of", number)


def _encodings(known: list[str]) -> Iterator[Mutant]:
    requirement = "request.encoding_format"
    ignores = changes_payload(_has("encoding_format", str, _is("river")), _without("encoding_format"))
    in_any_case = _has("encoding_format", str, lambda v: v.lower() in known and v not in known)
    base64 = rejects(_has("encoding_format", str, _is("base64")))
    null = _replaces("encoding_format", None)
    yield Mutant("treats a null encoding as the default", f"{requirement}.null", null)
    number = changes_payload(_has("encoding_format", int, lambda v: True), _without("encoding_format"))
    yield Mutant("treats a number as the default encoding", f"{requirement}.type", number)
    yield Mutant("ignores unknown encodings", f"{requirement}.enum", ignores)
    yield Mutant(
        "accepts encodings in any case", f"{requirement}.enum", changes_payload(in_any_case, _lowered)
    )
    yield Mutant("rejects base64", f"{requirement}.enum", base64)


def _dimensions(least: int) -> Iterator[Mutant]:
    kind, minimum = "request.dimensions.type", "request.dimensions.minimum"
    reads = changes_payload(_has("dimensions", str, str.isdigit), _as_integer)
    rounds = changes_payload(_has("dimensions", float, bool), _as_integer)
    few = changes_payload(_has("dimensions", int, lambda v: v < least), _without("dimensions"))
    crashing = rejects(lambda p: "dimensions" in p, status=500)
    yield Mutant("accepts dimensions as a string", kind, reads)
    yield Mutant("accepts dimensions as a string in base64", kind, only_for(is_base64, reads))
    yield Mutant("ignores null dimensions", "request.dimensions.null", _replaces("dimensions", None))
    yield Mutant("treats true as one dimension", kind, _replaces("dimensions", True, 1))
    yield Mutant("rounds fractional dimensions", kind, rounds)
    yield Mutant("ignores dimensions below the minimum", minimum, few)
    yield Mutant("crashes on dimensions", minimum, crashing, also=(kind, "request.dimensions.null"))


def _users() -> Iterator[Mutant]:
    number = changes_payload(_has("user", int, lambda v: True), _without("user"))
    yield Mutant("ignores a null user", "request.user.null", _replaces("user", None))
    yield Mutant("accepts a number as the user", "request.user.type", number)
    yield Mutant(
        "rejects requests with a user", "request.user.type", rejects(lambda p: "user" in p), also=(CLOSED,)
    )


def _embeds_strings(plain: Payload) -> Fault:
    async def server(request: Request, correct: Server) -> Response:
        return await correct(request.with_payload(plain) if isinstance(request.payload(), str) else request)

    return server


def _is_scalar(request: Request) -> bool:
    return type(request.payload()) in (bool, int, float, str)


def _sets(name: str, value: object) -> Fault:
    return changes_payload(lambda p: name not in p, lambda p: {**p, name: value})


def _replaces(name: str, wrong: object, value: object = None) -> Fault:
    """Replaces the value *wrong* by *value*; None removes the property."""
    without = _without(name)
    return changes_payload(
        lambda p: name in p and p[name] is wrong,
        lambda p: without(p) if value is None else {**p, name: value},
    )


def _renames(names: Mapping[str, str]) -> Fault:
    return changes_payload(lambda p: p.keys() & names, lambda p: {names.get(k, k): v for k, v in p.items()})


def _without(name: str) -> Callable[[Payload], Payload]:
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _lowered(payload: Payload) -> Payload:
    return {**payload, "encoding_format": payload["encoding_format"].lower()}


def _as_integer(payload: Payload) -> Payload:
    return {**payload, "dimensions": int(payload["dimensions"])}


def _has(name: str, kind: type, test: Condition) -> Condition:
    return lambda payload: type(payload.get(name)) is kind and test(payload[name])


def _is(wanted: object) -> Condition:
    return lambda value: value == wanted
