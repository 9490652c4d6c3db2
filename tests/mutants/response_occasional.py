"""Mutants that are wrong for one kind of request only, as servers are that have several code paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract
from tests.faulty_servers.faults import Condition, changes_result, changes_result_body, only_for
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant
from tests.mutants.response_schema import ITEM


def occasional_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants: each fault for each kind of request."""
    most = contract.request.properties["input"].branches[1].node["maxItems"]
    kinds: Mapping[str, Condition] = {
        "base64": lambda p: p.get("encoding_format") == "base64",
        "arrays of one text": lambda p: _is_list_of(p, str, 1, 1),
        "batches": lambda p: _is_list_of(p, str, 2, most),
        "the largest batch": lambda p: _is_list_of(p, str, most, most),
        "tokens": lambda p: _is_list_of(p, int, 1, most),
        "token arrays": lambda p: _is_list_of(p, list, 1, most),
        "requests with a user": lambda p: "user" in p,
        "requests with dimensions": lambda p: "dimensions" in p,
    }
    for kind, condition in kinds.items():
        for what, (requirement, fault) in FAULTS.items():
            yield Mutant(f"{what} for {kind}", requirement, only_for(condition, fault))
    yield Mutant("omits the index if it is 0", f"{ITEM}.index.required", changes_result(_without_zero))
    yield Mutant("omits the index of the last item", f"{ITEM}.index.required", changes_result(_without_last))


def _without_usage(result: Any, _: Payload) -> None:
    del result["usage"]


def _without_object(result: Any, _: Payload) -> None:
    del result["data"][-1]["object"]


def _without_item(result: Any, _: Payload) -> None:
    del result["data"][-1]


def _wrong_index(result: Any, _: Payload) -> None:
    result["data"][-1]["index"] += 1


def _without_zero(result: Any, _: Payload) -> None:
    for item in result["data"]:
        if item["index"] == 0:
            del item["index"]


def _without_last(result: Any, _: Payload) -> None:
    if len(result["data"]) > 1:
        del result["data"][-1]["index"]


FAULTS: Mapping[str, tuple[str, Fault]] = {
    "omits usage": ("response.usage.required", changes_result(_without_usage)),
    "omits the object of an item": (f"{ITEM}.object.required", changes_result(_without_object)),
    "omits an embedding": ("response.count", changes_result(_without_item)),
    "returns an index that is too large": ("response.index", changes_result(_wrong_index)),
    "truncates the body": ("response.json.syntax", changes_result_body(lambda body: body[:-2])),
}


def _is_list_of(payload: Payload, kind: type, least: int, most: int) -> bool:
    value = payload.get("input")
    return isinstance(value, list) and least <= len(value) <= most and isinstance(value[0], kind)
