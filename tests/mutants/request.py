"""Mutants that take requests which they should refuse, or refuse what they should take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from conformance.contract import Contract

from .asgi import Call, Fault, Reply, Serve, reply
from .mutant import Condition, Mutant, Payload, accepts, crashes, instead, refuses

TEXT = "river"
TOKEN = 97
ONE_OF = "request.input.one-of"
CLOSED = "request.additional-properties"


def request_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area request, those of malformed JSON left out."""
    yield from _objects(contract)
    yield from _forms()
    yield from _items()
    yield from _bounds(contract)
    yield from _options(contract)
    yield Mutant("404 for an invalid request", "request.refusal.status", instead(400, 404))
    yield Mutant("409 for an invalid request", "request.refusal.status", instead(400, 409))


def _objects(contract: Contract) -> Iterator[Mutant]:
    known, model = contract.request.properties.keys(), contract.example_model
    plain = {"model": model, "input": TEXT}
    yield Mutant("embeds a text that stands for the whole body", "request.type", _takes_any_value(plain))
    yield Mutant("crashes on a body that is no object", "request.type", crashes(_is_scalar))
    yield Mutant(
        "drops unknown properties",
        CLOSED,
        accepts(lambda p: p.keys() - known, lambda p: {k: v for k, v in p.items() if k in known}),
    )
    yield Mutant("takes a misspelt model for none", CLOSED, _renames({"MODEL": "user"}))
    yield Mutant("wants the model before the input", CLOSED, refuses(lambda p: [*p][0] != "input"))
    yield Mutant("has a default model", "request.model.required", _sets("model", model))
    yield Mutant("embeds a missing input", "request.input.required", _sets("input", TEXT))
    yield Mutant(
        "crashes on a missing input", "request.input.required", crashes(_payload(lambda p: "input" not in p))
    )


def _forms() -> Iterator[Mutant]:
    yield Mutant("embeds null", ONE_OF, _input(lambda v: v is None))
    yield Mutant("embeds a number as a text", ONE_OF, _input(lambda v: type(v) in (int, float)))
    yield Mutant("embeds an object", ONE_OF, _input(lambda v: isinstance(v, dict)))
    yield Mutant("embeds true", ONE_OF, _input(lambda v: v is True))
    yield Mutant(
        "refuses a text beyond ASCII",
        "request.input.string.type",
        _refuses(lambda v: isinstance(v, str) and not v.isascii()),
    )
    yield Mutant("embeds the empty string", "request.input.string.min-length", _input(lambda v: v == ""))
    yield Mutant("refuses texts of one letter", "request.input.string.min-length", _refuses(_is_letter))
    for form, of in (("strings", str), ("integers", int), ("integer-arrays", list)):
        requirement = f"request.input.{form}.type"
        yield Mutant(f"refuses arrays of {form}", requirement, _refuses(lambda v, of=of: _holds(v, of)))
        yield Mutant(
            f"crashes on arrays of {form}",
            requirement,
            _crashes_where(lambda p, of=of: _holds(p.get("input"), of)),
        )


def _items() -> Iterator[Mutant]:
    strings, integers = "request.input.strings.items", "request.input.integers.items"
    arrays = "request.input.integer-arrays.items"
    yield Mutant(
        "skips null among texts", f"{strings}.type", _mends_items(_among(str), lambda i: i is None, TEXT)
    )
    yield Mutant(
        "embeds an empty string in an array", f"{strings}.empty", _mends_items(list, lambda i: i == "", TEXT)
    )
    yield Mutant(
        "reads digits among tokens as a token",
        f"{integers}.type",
        _mends_items(_among(int), lambda i: isinstance(i, str) and i.isdigit(), TOKEN),
    )
    yield Mutant(
        "takes true for token 1", f"{integers}.type", _mends_items(list, _is_true, TOKEN), also=(ONE_OF,)
    )
    yield Mutant(
        "rounds tokens",
        f"{integers}.type",
        _mends_items(list, lambda i: type(i) is float and isfinite(i), TOKEN),
        also=(ONE_OF,),
    )
    yield Mutant(
        "takes true among tokens for token 1", f"{integers}.type", _mends_items(_among(int), _is_true, TOKEN)
    )
    yield Mutant(
        "skips null among token arrays",
        f"{arrays}.type",
        _mends_items(_among(list), lambda i: i is None, [TOKEN]),
    )
    yield Mutant(
        "embeds an empty array of tokens",
        f"{arrays}.min-items",
        _mends_items(list, lambda i: i == [], [TOKEN]),
    )
    yield Mutant("takes true for a token of an array", f"{arrays}.items.type", _mends_tokens(_is_true))
    yield Mutant(
        "reads digits in a token array", f"{arrays}.items.type", _mends_tokens(lambda t: isinstance(t, str))
    )


def _bounds(contract: Contract) -> Iterator[Mutant]:
    forms: Mapping[str, Callable[[Any], bool]] = {
        "strings": lambda v: _holds(v, str),
        "integers": lambda v: _holds(v, int),
        "integer-arrays": lambda v: _holds(v, list),
    }
    for node in contract.request.properties["input"].branches:
        form = node.name.rpartition(".")[2]
        if "maxItems" not in node.node:
            continue
        most, holds = node.node["maxItems"], forms[form]
        yield Mutant(
            f"embeds one item more of {form}",
            f"{node.name}.max-items",
            _input(lambda v, m=most, h=holds: h(v) and len(v) > m, lambda v, m=most: v[:m]),
        )
        yield Mutant(
            f"refuses the longest array of {form}",
            f"{node.name}.max-items",
            _refuses(lambda v, m=most, h=holds: h(v) and len(v) == m),
        )
        yield Mutant(
            f"crashes on one item more of {form}",
            f"{node.name}.max-items",
            crashes(_payload(lambda p, m=most, h=holds: h(p.get("input")) and len(p["input"]) > m)),
        )
        yield Mutant(f"embeds no {form}", f"{node.name}.min-items", _answers_nothing)
        yield Mutant(
            f"refuses a single item of {form}",
            node.id_of("type"),
            _refuses(lambda v, h=holds: h(v) and len(v) == 1),
        )


def _options(contract: Contract) -> Iterator[Mutant]:
    encoding, dimensions = "request.encoding_format", "request.dimensions"
    formats = contract.request.properties["encoding_format"].node["enum"]
    least = contract.request.properties["dimensions"].node["minimum"]
    model = contract.example_model
    yield Mutant("takes a null model for the default", "request.model.any-of", _replaces("model", None, model))
    yield Mutant(
        "takes a number for a model",
        "request.model.any-of",
        accepts(lambda p: type(p.get("model")) in (int, float), lambda p: {**p, "model": model}),
    )
    yield Mutant("takes null for the default encoding", f"{encoding}.type", _replaces("encoding_format", None))
    yield Mutant(
        "ignores an unknown encoding",
        f"{encoding}.enum",
        accepts(lambda p: p.get("encoding_format") == "river", lambda p: _without(p, "encoding_format")),
    )
    yield Mutant(
        "reads encodings in any case",
        f"{encoding}.enum",
        accepts(_has("encoding_format", str, lambda v: v.lower() in formats and v not in formats), _lowered),
    )
    yield Mutant("refuses base64", f"{encoding}.enum", refuses(_has("encoding_format", str, _is("base64"))))
    yield Mutant(
        "reads dimensions from a string",
        f"{dimensions}.type",
        accepts(_has("dimensions", str, str.isdigit), lambda p: {**p, "dimensions": int(p["dimensions"])}),
    )
    yield Mutant("takes null dimensions for none", f"{dimensions}.type", _replaces("dimensions", None))
    yield Mutant("takes true for one dimension", f"{dimensions}.type", _replaces("dimensions", True, 1))
    yield Mutant(
        "rounds dimensions",
        f"{dimensions}.type",
        accepts(_has("dimensions", float, bool), lambda p: {**p, "dimensions": int(p["dimensions"])}),
    )
    yield Mutant(
        "ignores dimensions that are too few",
        f"{dimensions}.minimum",
        accepts(_has("dimensions", int, lambda v: v < least), lambda p: _without(p, "dimensions")),
    )
    yield Mutant(
        "crashes on dimensions",
        f"{dimensions}.minimum",
        _crashes_where(lambda p: "dimensions" in p),
        also=(f"{dimensions}.type",),
    )
    yield Mutant("takes a null user for none", "request.user.type", _replaces("user", None))
    yield Mutant(
        "takes a number for a user",
        "request.user.type",
        accepts(_has("user", int, lambda v: True), lambda p: _without(p, "user")),
    )
    yield Mutant("refuses a user", "request.user.type", refuses(lambda p: "user" in p), also=(CLOSED,))


def _takes_any_value(plain: Payload) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return await correct(call.with_payload(plain) if isinstance(call.payload(), str) else call)

    return serve


async def _answers_nothing(call: Call, correct: Serve) -> Reply:
    payload = call.payload()
    if not isinstance(payload, dict) or payload.get("input") != []:
        return await correct(call)
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return reply(200, {"object": "list", "data": [], "model": payload["model"], "usage": usage})


def _crashes_where(right: Condition) -> Fault:
    return refuses(right, status=500)


def _payload(on: Condition) -> Callable[[Call], object]:
    def judge(call: Call) -> object:
        payload = call.payload()
        return isinstance(payload, dict) and on(payload)

    return judge


def _is_scalar(call: Call) -> bool:
    return type(call.payload()) in (bool, int, float, str)


def _sets(name: str, value: object) -> Fault:
    return accepts(lambda p: name not in p, lambda p: {**p, name: value})


def _replaces(name: str, wrong: object, value: object = None) -> Fault:
    """Takes *wrong* for *value*, or for nothing given."""
    return accepts(
        lambda p: name in p and p[name] is wrong,
        lambda p: _without(p, name) if value is None else {**p, name: value},
    )


def _renames(names: Mapping[str, str]) -> Fault:
    return accepts(lambda p: p.keys() & names, lambda p: {names.get(k, k): v for k, v in p.items()})


def _without(payload: Payload, name: str) -> Payload:
    return {key: value for key, value in payload.items() if key != name}


def _lowered(payload: Payload) -> Payload:
    return {**payload, "encoding_format": payload["encoding_format"].lower()}


def _has(name: str, kind: type, test: Callable[[Any], object]) -> Condition:
    return lambda p: type(p.get(name)) is kind and test(p[name])


def _is(wanted: object) -> Callable[[object], bool]:
    return lambda value: value == wanted


def _input(wrong: Callable[[Any], object], mend: Callable[[Any], object] = lambda value: TEXT) -> Fault:
    return accepts(lambda p: "input" in p and wrong(p["input"]), lambda p: {**p, "input": mend(p["input"])})


def _refuses(right: Callable[[Any], object]) -> Fault:
    return refuses(lambda p: "input" in p and right(p["input"]))


def _holds(value: object, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and all(type(item) is kind for item in value)


def _among(kind: type) -> Callable[[list[Any]], bool]:
    return lambda value: any(type(item) is kind for item in value)


def _is_true(value: object) -> bool:
    return value is True


def _is_letter(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1


def _mends_items(where: Callable[[list[Any]], object], wrong: Callable[[Any], bool], item: object) -> Fault:
    """Takes arrays with *wrong* items, if they fulfil *where*, for arrays with *item* in their places."""
    return _input(
        lambda v: isinstance(v, list) and any(map(wrong, v)) and where(v),
        lambda v: [item if wrong(i) else i for i in v],
    )


def _mends_tokens(wrong: Callable[[Any], bool]) -> Fault:
    return _input(
        lambda v: isinstance(v, list) and any(isinstance(i, list) and any(map(wrong, i)) for i in v),
        lambda v: [[TOKEN if wrong(t) else t for t in i] if isinstance(i, list) else i for i in v],
    )
