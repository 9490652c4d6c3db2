"""Mutants that take inputs which they should refuse, or refuse those that they should take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from conformance.contract import Contract, Schema
from tests.mutants.asgi import Call, Fault, Reply, Serve, reply
from tests.mutants.mutant import Mutant, Test, accepts, crashes_on_payloads, refuses

TEXT = "river"
TOKEN = 97
ONE_OF = "request.input.one-of"


def input_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants that are about ``input``."""
    yield from _forms()
    yield from _texts()
    yield from _tokens()
    yield from _token_arrays()
    for branch in contract.request.properties["input"].branches:
        form = branch.name.rpartition(".")[2]
        if form in FORMS:
            yield from _served(form, branch, FORMS[form])
            yield from _bounds(form, branch, FORMS[form])


def _forms() -> Iterator[Mutant]:
    yield Mutant("embeds null", ONE_OF, _takes(lambda v: v is None))
    yield Mutant("embeds a number as a text", ONE_OF, _takes(lambda v: type(v) in (int, float)))
    yield Mutant("embeds an object", ONE_OF, _takes(lambda v: isinstance(v, dict)))
    yield Mutant("embeds true", ONE_OF, _takes(lambda v: v is True))


def _texts() -> Iterator[Mutant]:
    string, strings = "request.input.string", "request.input.strings.items"
    yield Mutant("refuses a text beyond ASCII", f"{string}.type", _refuses(_is_foreign))
    yield Mutant("embeds the empty string", f"{string}.min-length", _takes(lambda v: v == ""))
    yield Mutant("refuses texts of one letter", f"{string}.min-length", _refuses(_is_letter))
    yield Mutant("skips null among texts", f"{strings}.type", _mends(_among(str), lambda i: i is None, TEXT))
    yield Mutant("embeds an empty string in an array", f"{strings}.empty", _mends(bool, _is_empty, TEXT))


def _tokens() -> Iterator[Mutant]:
    requirement = "request.input.integers.items.type"
    yield Mutant("reads digits among tokens as a token", requirement, _mends(_among(int), _is_digits, TOKEN))
    yield Mutant("takes true among tokens for token 1", requirement, _mends(_among(int), _is_true, TOKEN))
    yield Mutant("takes true for token 1", requirement, _mends(bool, _is_true, TOKEN), also=(ONE_OF,))
    yield Mutant("rounds tokens", requirement, _mends(bool, _is_fraction, TOKEN), also=(ONE_OF,))


def _token_arrays() -> Iterator[Mutant]:
    items = "request.input.integer-arrays.items"
    skips = _mends(_among(list), lambda i: i is None, [TOKEN])
    yield Mutant("skips null among token arrays", f"{items}.type", skips)
    empty = _mends(bool, lambda i: i == [], [TOKEN])
    yield Mutant("embeds an empty array of tokens", f"{items}.min-items", empty)
    yield Mutant("takes true for a token of an array", f"{items}.items.type", _mends_tokens(_is_true))
    yield Mutant("reads digits in a token array", f"{items}.items.type", _mends_tokens(_is_digits))


def _served(form: str, branch: Schema, holds: Test) -> Iterator[Mutant]:
    """Mutants that do not serve a form of input."""
    requirement = branch.id_of("type")
    crashing = refuses(_input(holds), status=500)
    yield Mutant(f"refuses arrays of {form}", requirement, _refuses(holds))
    yield Mutant(f"crashes on arrays of {form}", requirement, crashing)
    yield Mutant(
        f"refuses a single item of {form}", requirement, _refuses(lambda v: holds(v) and len(v) == 1)
    )


def _bounds(form: str, branch: Schema, holds: Test) -> Iterator[Mutant]:
    """Mutants that count the items of an array wrongly."""
    most: int = branch.node["maxItems"]
    requirement = branch.id_of("maxItems")
    cuts = _takes(lambda v: holds(v) and len(v) > most, lambda v: v[:most])
    crashing = crashes_on_payloads(_input(lambda v: holds(v) and len(v) > most))
    yield Mutant(f"embeds one item more of {form}", requirement, cuts)
    yield Mutant(f"crashes on one item more of {form}", requirement, crashing)
    yield Mutant(
        f"refuses the longest array of {form}", requirement, _refuses(lambda v: holds(v) and len(v) == most)
    )
    yield Mutant(f"embeds no {form}", branch.id_of("minItems"), _answers_nothing)


async def _answers_nothing(call: Call, correct: Serve) -> Reply:
    payload = call.payload()
    if not isinstance(payload, dict) or payload.get("input") != []:
        return await correct(call)
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return reply(200, {"object": "list", "data": [], "model": payload["model"], "usage": usage})


def _input(test: Test) -> Test:
    return lambda payload: "input" in payload and test(payload["input"])


def _takes(wrong: Test, mend: Callable[[Any], object] = lambda value: TEXT) -> Fault:
    return accepts(_input(wrong), lambda payload: {**payload, "input": mend(payload["input"])})


def _refuses(right: Test) -> Fault:
    return refuses(_input(right))


def _mends(where: Test, wrong: Test, item: object) -> Fault:
    """Takes arrays with *wrong* items, if they are as *where* says, for arrays with *item* in their places."""
    return _takes(
        lambda v: isinstance(v, list) and any(map(wrong, v)) and where(v),
        lambda v: [item if wrong(i) else i for i in v],
    )


def _mends_tokens(wrong: Test) -> Fault:
    return _takes(
        lambda v: isinstance(v, list) and any(isinstance(i, list) and any(map(wrong, i)) for i in v),
        lambda v: [[TOKEN if wrong(t) else t for t in i] if isinstance(i, list) else i for i in v],
    )


def _holds(kind: type) -> Test:
    return lambda value: isinstance(value, list) and value != [] and all(type(item) is kind for item in value)


def _among(kind: type) -> Test:
    return lambda value: any(type(item) is kind for item in value)


def _is_true(value: object) -> bool:
    return value is True


def _is_digits(value: object) -> bool:
    return isinstance(value, str) and value.isdigit()


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def _is_empty(value: object) -> bool:
    return value == ""


def _is_letter(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1


def _is_foreign(value: object) -> bool:
    return isinstance(value, str) and not value.isascii()


FORMS: Mapping[str, Test] = {
    "strings": _holds(str),
    "integers": _holds(int),
    "integer-arrays": _holds(list),
}
