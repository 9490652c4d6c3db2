"""Mutants that answer wrongly on one kind of request alone, as servers do whose code has more than one path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract
from tests.mutants.asgi import Fault
from tests.mutants.mutant import Mutant, Payload, Test, answers, only, writes
from tests.mutants.response import ITEM


def occasional_mutants(contract: Contract) -> Iterator[Mutant]:
    """Each kind of request with faults that show on it alone."""
    most = contract.request.properties["input"].branches[1].node["maxItems"]
    kinds: Mapping[str, Test] = {
        "base64": lambda p: p.get("encoding_format") == "base64",
        "a text in an array": lambda p: _is_list_of(p, str, 1, 1),
        "several texts": lambda p: _is_list_of(p, str, 2, most),
        "the largest batch": lambda p: _is_list_of(p, str, most, most),
        "tokens": lambda p: _is_list_of(p, int, 1, most),
        "token arrays": lambda p: _is_list_of(p, list, 1, most),
        "requests with a user": lambda p: "user" in p,
        "requests with dimensions": lambda p: "dimensions" in p,
    }
    for kind, condition in kinds.items():
        for what, (requirement, fault) in FAULTS.items():
            yield Mutant(f"{what} on {kind}", requirement, only(condition, fault))
    yield Mutant("leaves an index of 0 out", f"{ITEM}.index.required", answers(_without_zero))
    yield Mutant("leaves the last index out", f"{ITEM}.index.required", answers(_without_last))


def _without_usage(answer: Any, _: Payload) -> None:
    del answer["usage"]


def _without_kind(answer: Any, _: Payload) -> None:
    del answer["data"][-1]["object"]


def _short(answer: Any, _: Payload) -> None:
    del answer["data"][-1]


def _again(answer: Any, _: Payload) -> None:
    answer["data"][-1]["index"] += 1


def _without_zero(answer: Any, _: Payload) -> None:
    for item in answer["data"]:
        if item["index"] == 0:
            del item["index"]


def _without_last(answer: Any, _: Payload) -> None:
    if len(answer["data"]) > 1:
        del answer["data"][-1]["index"]


FAULTS: Mapping[str, tuple[str, Fault]] = {
    "forgets usage": ("response.usage.required", answers(_without_usage)),
    "forgets an item's object": (f"{ITEM}.object.required", answers(_without_kind)),
    "forgets an embedding": ("response.count", answers(_short)),
    "counts too far": ("response.index", answers(_again)),
    "cuts its answer short": ("response.json.syntax", writes(lambda body: body[:-2])),
}


def _is_list_of(payload: Payload, kind: type, least: int, most: int) -> bool:
    value = payload.get("input")
    return isinstance(value, list) and least <= len(value) <= most and isinstance(value[0], kind)
