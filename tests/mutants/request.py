"""Mutants that take payloads which they should refuse, or the other way round; the input is a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.contract import Contract
from tests.mutants.asgi import Call, Fault, Reply, Serve
from tests.mutants.inputs import TEXT
from tests.mutants.mutant import (
    Mutant,
    Payload,
    Test,
    accepts,
    crashes,
    crashes_on_payloads,
    instead,
    refuses,
)

CLOSED = "request.additional-properties"


def request_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area request, those of the input and of malformed JSON left out."""
    plain = {"model": contract.example_model, "input": TEXT}
    yield from _objects(plain, contract.request.properties)
    yield from _models(contract.example_model)
    yield from _encodings(contract.request.properties["encoding_format"].node["enum"])
    yield from _dimensions(contract.request.properties["dimensions"].node["minimum"])
    yield from _users()
    yield Mutant("404 for an invalid request", "request.rejection.status", instead(400, 404))
    yield Mutant("409 for an invalid request", "request.rejection.status", instead(400, 409))


def _objects(plain: Payload, known: Mapping[str, object]) -> Iterator[Mutant]:
    drops = accepts(lambda p: p.keys() - known, lambda p: {k: v for k, v in p.items() if k in known})
    missing = crashes_on_payloads(lambda p: "input" not in p)
    yield Mutant("embeds a text that stands for the whole body", "request.type", _takes_any_text(plain))
    yield Mutant("crashes on a body that is no object", "request.type", crashes(_is_scalar))
    yield Mutant("drops unknown properties", CLOSED, drops)
    yield Mutant("takes a misspelt model for a user", CLOSED, _renames({"MODEL": "user"}))
    yield Mutant("wants the input first", CLOSED, refuses(lambda p: next(iter(p)) != "input"))
    yield Mutant("has a default model", "request.model.required", _sets("model", plain["model"]))
    yield Mutant("embeds a missing input", "request.input.required", _sets("input", TEXT))
    yield Mutant("crashes on a missing input", "request.input.required", missing)


def _models(model: str | None) -> Iterator[Mutant]:
    number = accepts(lambda p: type(p.get("model")) in (int, float), lambda p: {**p, "model": model})
    yield Mutant(
        "takes a null model for the default", "request.model.any-of", _replaces("model", None, model)
    )
    yield Mutant("takes a number for a model", "request.model.any-of", number)


def _encodings(known: list[str]) -> Iterator[Mutant]:
    requirement = "request.encoding_format"
    ignores = accepts(_has("encoding_format", str, _is("river")), _without("encoding_format"))
    in_any_case = _has("encoding_format", str, lambda v: v.lower() in known and v not in known)
    base64 = refuses(_has("encoding_format", str, _is("base64")))
    null = _replaces("encoding_format", None)
    yield Mutant("takes null for the default encoding", f"{requirement}.null", null)
    number = accepts(_has("encoding_format", int, lambda v: True), _without("encoding_format"))
    yield Mutant("takes a number for the default encoding", f"{requirement}.type", number)
    yield Mutant("ignores an unknown encoding", f"{requirement}.enum", ignores)
    yield Mutant("reads encodings in any case", f"{requirement}.enum", accepts(in_any_case, _lowered))
    yield Mutant("refuses base64", f"{requirement}.enum", base64)


def _dimensions(least: int) -> Iterator[Mutant]:
    kind, minimum = "request.dimensions.type", "request.dimensions.minimum"
    reads = accepts(_has("dimensions", str, str.isdigit), _as_integer)
    rounds = accepts(_has("dimensions", float, bool), _as_integer)
    few = accepts(_has("dimensions", int, lambda v: v < least), _without("dimensions"))
    crashing = refuses(lambda p: "dimensions" in p, status=500)
    yield Mutant("reads dimensions from a string", kind, reads)
    yield Mutant("takes null dimensions for none", "request.dimensions.null", _replaces("dimensions", None))
    yield Mutant("takes true for one dimension", kind, _replaces("dimensions", True, 1))
    yield Mutant("rounds dimensions", kind, rounds)
    yield Mutant("ignores dimensions that are too few", minimum, few)
    yield Mutant("crashes on dimensions", minimum, crashing, also=(kind, "request.dimensions.null"))


def _users() -> Iterator[Mutant]:
    number = accepts(_has("user", int, lambda v: True), _without("user"))
    yield Mutant("takes a null user for none", "request.user.null", _replaces("user", None))
    yield Mutant("takes a number for a user", "request.user.type", number)
    yield Mutant("refuses a user", "request.user.type", refuses(lambda p: "user" in p), also=(CLOSED,))


def _takes_any_text(plain: Payload) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return await correct(call.with_payload(plain) if isinstance(call.payload(), str) else call)

    return serve


def _is_scalar(call: Call) -> bool:
    return type(call.payload()) in (bool, int, float, str)


def _sets(name: str, value: object) -> Fault:
    return accepts(lambda p: name not in p, lambda p: {**p, name: value})


def _replaces(name: str, wrong: object, value: object = None) -> Fault:
    """Takes *wrong* for *value*, or for nothing given."""
    mend = _without(name)
    return accepts(
        lambda p: name in p and p[name] is wrong,
        lambda p: mend(p) if value is None else {**p, name: value},
    )


def _renames(names: Mapping[str, str]) -> Fault:
    return accepts(lambda p: p.keys() & names, lambda p: {names.get(k, k): v for k, v in p.items()})


def _without(name: str) -> Callable[[Payload], Payload]:
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _lowered(payload: Payload) -> Payload:
    return {**payload, "encoding_format": payload["encoding_format"].lower()}


def _as_integer(payload: Payload) -> Payload:
    return {**payload, "dimensions": int(payload["dimensions"])}


def _has(name: str, kind: type, test: Test) -> Test:
    return lambda payload: type(payload.get(name)) is kind and test(payload[name])


def _is(wanted: object) -> Test:
    return lambda value: value == wanted
