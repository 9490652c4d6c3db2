"""Requests with exactly one defect: for each keyword of the contract, values that it forbids.

A defect is inserted into an otherwise valid request, at every place where its schema node can occur. A case counts for
a requirement only if our own validator reports a violation of that requirement, or of a related one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.examples import base_payload, items
from conformance.text import counted

from .budget import within_budget
from .case import Case, make_case, shown
from .large_bounds import large_bounds
from .valid import optional_values

Insert = Callable[[object], object]
"""Builds a payload that has a value at one place."""

Describe = Callable[[str], str]
"""Describes such a payload, from a description of the value."""

Defect = tuple[str, str, object]
"""A requirement id, a description and a payload."""

WRONG_TYPES: tuple[object, ...] = (None, True, 7, 1.5, "river", "7", [], ["river"], [7], {})
"""A value of each JSON type, and values that some servers convert."""

WRONG_ARRAYS: tuple[object, ...] = ([None], [True], [1.5], [{"text": "river"}])

MANY = 130
"""The number of valid items before an invalid one; some servers validate only the first items of an array."""


def invalid_cases(contract: Contract, model: str) -> dict[str, list[Case]]:
    """Return cases by the id of the requirement that they violate, without duplicates.

    For some requirements, our validator always reports a related one instead: an empty array is as much an array of
    strings as of integers. Cases that violate the related requirement are then used.
    """
    own: dict[str, dict[bytes, Case]] = {}
    near: dict[str, dict[bytes, Case]] = {}
    defects = _defects(contract.form, base_payload(contract, model), large_bounds(contract))
    for case in within_budget(contract, (make_case(contract, *defect) for defect in defects)):
        if case.requirement in case.violations:
            own.setdefault(case.requirement, {}).setdefault(case.body, case)
        elif _violates_related(contract, case):
            near.setdefault(case.requirement, {}).setdefault(case.body, case)
    return {requirement: list(cases.values()) for requirement, cases in {**near, **own}.items()}


def _violates_related(contract: Contract, case: Case) -> bool:
    """Whether *case* violates a related requirement from the same template."""
    requirement = contract.catalogue[case.requirement]
    related = {id for id in requirement.related if contract.catalogue[id].template == requirement.template}
    return bool(case.violations & related)


def _defects(root: Schema, base: dict[str, Any], skipped: Container[str]) -> Iterator[Defect]:
    for value in WRONG_TYPES:
        yield root.id_of("type"), f"{json.dumps(value)} as the whole body", value
    for name in root.required:
        yield (
            f"{root.name}.{name}.required",
            f"no {name}",
            {key: value for key, value in base.items() if key != name},
        )
    if root.closed:
        for description, name in _unknown_names(root):
            yield root.id_of("additionalProperties"), description, {**base, name: "river"}
    for name, node in root.properties.items():
        inserts = [(_named(name), _insert_property(base, name))]
        if "oneOf" not in node.node:
            others = _insert_property(base | _others(root), name)
            inserts.insert(0, (_named(name, ", with all other properties"), others))
        if node in root.non_nullable:
            yield from ((node.id_of("null"), describe("null"), insert(None)) for describe, insert in inserts)
        yield from _keyword_defects(node, inserts, skipped)


def _others(root: Schema) -> dict[str, Any]:
    """Return values of optional properties that differ from their defaults, so that servers run other code."""
    values = optional_values(root)
    return {name: root.properties[name].node.get("enum", [value])[-1] for name, value in values.items()}


def _named(name: str, rest: str = "") -> Describe:
    return lambda value: f"{name}: {value}{rest}"


def _insert_property(base: dict[str, Any], name: str) -> Insert:
    return lambda value: {**base, name: value}


def _unknown_names(root: Schema) -> Iterator[tuple[str, str]]:
    """Yield names that the contract does not describe: an unrelated one, and misspellings of known ones."""
    yield "an undescribed property", "unknown_property"
    for name in root.properties:
        head, *tail = name.split("_")
        for misspelled in (name.upper(), name[:-1], head + "".join(part.title() for part in tail)):
            if misspelled not in root.properties:
                yield f"{name} misspelled as {misspelled}", misspelled


def _keyword_defects(
    node: Schema, inserts: Sequence[tuple[Describe, Insert]], skipped: Container[str]
) -> Iterator[Defect]:
    """Yield defects for the keywords of *node* at all places, and for the nodes below it at the last place.

    *inserts* are places: how a payload with a value there is described, and the function that inserts the value. There
    are no defects for the *skipped* ids.
    """
    for keyword in node.keywords():
        if node.branch and keyword == "type":
            continue  # A wrong type violates the oneOf as a whole, not the type of one branch.
        if node.id_of(keyword) in skipped:
            continue
        for describe, insert in inserts:
            for words, value in _violating_values(node, keyword):
                yield node.id_of(keyword), describe(shown(value, words)), insert(value)
    if "anyOf" not in node.node:
        for branch in node.branches:
            yield from _keyword_defects(branch, inserts, skipped)
    if node.items is not None:
        yield from _keyword_defects(node.items, _item_inserts(node, *inserts[-1]), skipped)


def _item_inserts(node: Schema, describe: Describe, insert: Insert) -> list[tuple[Describe, Insert]]:
    """Return the places of an item: alone, after many valid items, and first, last and between two of them."""
    first, second = items(node, 2)
    many = items(node, min(MANY, node.node.get("maxItems", MANY + 1) - 1))
    return [
        (lambda value: describe(f"[{value}]"), lambda value: insert([value])),
        (
            lambda value: describe(f"[{counted(len(many), 'valid item')}, {value}]"),
            lambda value: insert([*many, value]),
        ),
        (lambda value: describe(f"[{value}, 2 valid items]"), lambda value: insert([value, first, second])),
        (lambda value: describe(f"[2 valid items, {value}]"), lambda value: insert([first, second, value])),
        (
            lambda value: describe(f"[a valid item, {value}, a valid item]"),
            lambda value: insert([first, value, second]),
        ),
    ]


def _violating_values(node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
    """Yield values that should violate *keyword* of *node*, each after words for it in case that it is long."""
    bound: Any = node.node[keyword]
    match keyword:
        case "type" | "anyOf":
            yield from (("", value) for value in WRONG_TYPES)
        case "oneOf":
            yield from (("", value) for value in WRONG_TYPES + WRONG_ARRAYS)
        case "enum":
            yield "", "river"
            yield "", ""
            for value in bound:
                if isinstance(value, str) and value.swapcase() != value:
                    yield f"a value of the enumeration with its case changed ({value})", value.swapcase()
        case "minItems":
            yield f"{node.shape} with {counted(bound - 1, 'item')}", items(node, bound - 1)
        case "maxItems":
            yield f"{node.shape} with {counted(bound + 1, 'item')}", items(node, bound + 1)
        case "minLength":
            yield f"a string of {counted(bound - 1, 'character')}", "x" * (bound - 1)
        case "maxLength":
            yield f"a string of {counted(bound + 1, 'character')}", "x" * (bound + 1)
        case "minimum":
            least = bound if node.node.get("exclusiveMinimum") else bound - 1
            for value in dict.fromkeys((least, min(least, 0), min(least, -1))):
                yield f"{value}", value
        case "maximum":
            most = bound if node.node.get("exclusiveMaximum") else bound + 1
            yield f"{most}", most
