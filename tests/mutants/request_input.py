"""Mutants that accept invalid inputs, or reject valid ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

from conformance.contract import Contract, Schema
from tests.faulty_servers.embeddings import is_base64
from tests.faulty_servers.faults import (
    Condition,
    changes_payload,
    crashes_on_invalid_payload,
    only_for,
    rejects,
)
from tests.faulty_servers.messages import Request, Response, respond
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant

TEXT = "river"
TOKEN = 97
ONE_OF = "request.input.one-of"


def request_input_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area request about ``input``."""
    yield from _forms()
    yield from _texts()
    yield from _tokens()
    yield from _token_arrays()
    for branch in contract.request.properties["input"].branches:
        form = branch.name.rpartition(".")[2]
        if form in FORMS:
            yield from _forms_rejected(form, branch, FORMS[form])
            yield from _bounds(form, branch, FORMS[form])


def _forms() -> Iterator[Mutant]:
    yield Mutant("embeds null", ONE_OF, _embeds_as(lambda v: v is None))
    yield Mutant("embeds numbers as texts", ONE_OF, _embeds_as(lambda v: type(v) in (int, float)))
    yield Mutant("embeds objects", ONE_OF, _embeds_as(lambda v: isinstance(v, dict)))
    yield Mutant("embeds true", ONE_OF, _embeds_as(lambda v: v is True))


def _texts() -> Iterator[Mutant]:
    string, strings = "request.input.string", "request.input.strings.items"
    yield Mutant("rejects non-ASCII texts", f"{string}.type", _rejects(_is_non_ascii))
    yield Mutant("embeds the empty string", f"{string}.min-length", _embeds_as(lambda v: v == ""))
    empty = only_for(is_base64, _embeds_as(lambda v: v == ""))
    yield Mutant("embeds the empty string in base64", f"{string}.min-length", empty)
    yield Mutant("rejects texts of one character", f"{string}.min-length", _rejects(_is_one_character))
    yield Mutant(
        "ignores null in an array of texts",
        f"{strings}.type",
        _replaces_items(_among(str), lambda i: i is None, TEXT),
    )
    yield Mutant("embeds empty strings in arrays", f"{strings}.empty", _replaces_items(bool, _is_empty, TEXT))


def _tokens() -> Iterator[Mutant]:
    requirement = "request.input.integers.items.type"
    yield Mutant(
        "accepts strings of digits in an array of tokens",
        requirement,
        _replaces_items(_among(int), _is_digits, TOKEN),
    )
    yield Mutant(
        "treats true as a token in an array of tokens",
        requirement,
        _replaces_items(_among(int), _is_true, TOKEN),
    )
    yield Mutant(
        "treats true as a token in any array",
        requirement,
        _replaces_items(bool, _is_true, TOKEN),
        also=(ONE_OF,),
    )
    yield Mutant(
        "rounds fractional tokens", requirement, _replaces_items(bool, _is_fraction, TOKEN), also=(ONE_OF,)
    )


def _token_arrays() -> Iterator[Mutant]:
    items = "request.input.integer-arrays.items"
    skips = _replaces_items(_among(list), lambda i: i is None, [TOKEN])
    yield Mutant("ignores null among token arrays", f"{items}.type", skips)
    empty = _replaces_items(bool, lambda i: i == [], [TOKEN])
    yield Mutant("embeds empty arrays of tokens", f"{items}.min-items", empty)
    yield Mutant("treats true as a token in nested arrays", f"{items}.items.type", _replaces_tokens(_is_true))
    yield Mutant(
        "accepts strings of digits in nested arrays", f"{items}.items.type", _replaces_tokens(_is_digits)
    )


def _forms_rejected(form: str, branch: Schema, holds: Condition) -> Iterator[Mutant]:
    """Mutants that do not accept one form of input."""
    requirement, noun = branch.id_of("type"), form.replace("-", " ")
    crashing = rejects(_input(holds), status=500)
    yield Mutant(f"rejects arrays of {noun}", requirement, _rejects(holds))
    yield Mutant(f"crashes on arrays of {noun}", requirement, crashing)
    yield Mutant(
        f"rejects an array of one item of {noun}", requirement, _rejects(lambda v: holds(v) and len(v) == 1)
    )


def _bounds(form: str, branch: Schema, holds: Condition) -> Iterator[Mutant]:
    """Mutants with a wrong limit for the length of an array."""
    most: int = branch.node["maxItems"]
    requirement, noun = branch.id_of("maxItems"), form.replace("-", " ")
    cuts = _embeds_as(lambda v: holds(v) and len(v) > most, lambda v: v[:most])
    crashing = crashes_on_invalid_payload(_input(lambda v: holds(v) and len(v) > most))
    yield Mutant(f"embeds arrays of {noun} above the limit", requirement, cuts)
    yield Mutant(f"crashes on arrays of {noun} above the limit", requirement, crashing)
    yield Mutant(
        f"rejects the longest array of {noun}", requirement, _rejects(lambda v: holds(v) and len(v) == most)
    )
    yield Mutant(f"returns 200 for an empty array of {noun}", branch.id_of("minItems"), _returns_no_items)


async def _returns_no_items(request: Request, correct: Server) -> Response:
    payload = request.payload()
    if not isinstance(payload, dict) or payload.get("input") != []:
        return await correct(request)
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return respond(200, {"object": "list", "data": [], "model": payload["model"], "usage": usage})


def _input(test: Condition) -> Condition:
    return lambda payload: "input" in payload and test(payload["input"])


def _embeds_as(wrong: Condition, change: Callable[[Any], object] = lambda value: TEXT) -> Fault:
    return changes_payload(_input(wrong), lambda payload: {**payload, "input": change(payload["input"])})


def _rejects(right: Condition) -> Fault:
    return rejects(_input(right))


def _replaces_items(where: Condition, wrong: Condition, item: object) -> Fault:
    """Replaces *wrong* items by *item*, in arrays that meet the condition *where*."""
    return _embeds_as(
        lambda v: isinstance(v, list) and any(map(wrong, v)) and where(v),
        lambda v: [item if wrong(i) else i for i in v],
    )


def _replaces_tokens(wrong: Condition) -> Fault:
    return _embeds_as(
        lambda v: isinstance(v, list) and any(isinstance(i, list) and any(map(wrong, i)) for i in v),
        lambda v: [[TOKEN if wrong(t) else t for t in i] if isinstance(i, list) else i for i in v],
    )


def _holds(kind: type) -> Condition:
    return lambda value: isinstance(value, list) and value != [] and all(type(item) is kind for item in value)


def _among(kind: type) -> Condition:
    return lambda value: any(type(item) is kind for item in value)


def _is_true(value: object) -> bool:
    return value is True


def _is_digits(value: object) -> bool:
    return isinstance(value, str) and value.isdigit()


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def _is_empty(value: object) -> bool:
    return value == ""


def _is_one_character(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1


def _is_non_ascii(value: object) -> bool:
    return isinstance(value, str) and not value.isascii()


FORMS: Mapping[str, Condition] = {
    "strings": _holds(str),
    "integers": _holds(int),
    "integer-arrays": _holds(list),
}
