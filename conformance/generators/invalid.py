"""Requests with exactly one defect: for each keyword of the contract, values that it forbids.

A defect is inserted into an otherwise valid request, at every place where its schema node can occur. A case counts for
a requirement only if our own validator reports a violation of that requirement, or of a related one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_items
from conformance.text import counted

from .base import base_payload
from .budget import within_budget
from .case import Case, make_case, shown_payload
from .large_bounds import large_bounds
from .valid import optional_values
from .wrong_values import WRONG_TYPES, violating_values

Insert = Callable[[object], object]
"""Builds a payload that has a value at one place."""

Describe = Callable[[str], str]
"""Describes such a payload, from a description of the value."""

PARTS = 3
"""Places that share the wrong types: each gets a third of them. Another place gets all."""


CONVERTIBLE = 2
"""The third that has the values which servers most often convert: 7, the text "7", and a list of the valid value."""


class Insertion(NamedTuple):
    """One place: how a payload with a value there is described, and the function that inserts the value.

    *part*: the third of the wrong types that is inserted there; None: all of them.
    """

    describe: Describe
    insert: Insert
    part: int | None = None

    def values(self, node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
        """The values that violate *keyword* of *node* there, each after words for it."""
        step = PARTS if keyword in ("type", "anyOf", "oneOf") and self.part is not None else 1
        return islice(violating_values(node, keyword), (self.part or 0) % step, None, step)


Defect = tuple[str, str, object]
"""A requirement id, a description and a payload."""

MANY = 130
"""The number of valid items before an invalid one; some servers validate only the first items of an array."""


def invalid_cases(contract: Contract, model: str | None) -> dict[str, list[Case]]:
    """Return cases by the id of the requirement that they violate, without duplicates.

    For some requirements, our validator always reports a related one instead: an empty array is as much an array of
    strings as of integers. Cases that violate the related requirement are then used.
    """
    own: dict[str, dict[bytes, Case]] = {}
    near: dict[str, dict[bytes, Case]] = {}
    defects = _defects(contract, base_payload(contract, model), large_bounds(contract))
    known = (defect for defect in defects if defect[0] in contract.catalogue)
    for case in within_budget(contract, (make_case(contract, *defect) for defect in known)):
        if case.violations - {case.requirement, *contract.catalogue[case.requirement].related}:
            continue  # a server that misses one defect rejects the other
        if case.requirement in case.violations:
            own.setdefault(case.requirement, {}).setdefault(case.body, case)
        elif _violates_related(contract, case):
            near.setdefault(case.requirement, {}).setdefault(case.body, case)
    return {requirement: list(cases.values()) for requirement, cases in {**near, **own}.items()}


def _violates_related(contract: Contract, case: Case) -> bool:
    """Whether *case* violates a related requirement from the same template."""
    requirement = contract.catalogue.get(case.requirement)
    if requirement is None:
        return False
    related = {id for id in requirement.related if contract.catalogue[id].template == requirement.template}
    return bool(case.violations & related)


def _defects(contract: Contract, base: Any, skipped: Container[str]) -> Iterator[Defect]:
    root = contract.form
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
    if root.items is not None:
        yield from _keyword_defects(root, [Insertion(_named("the body"), lambda value: value)], skipped)
    for name, node in root.properties.items():
        others = _insert_property(base | _others(contract), name)
        inserts = [
            Insertion(_named(name, ", with all other properties"), others, part=CONVERTIBLE),
            Insertion(_named(name), _insert_property(base, name)),
        ]
        if node in root.non_nullable:
            yield from ((node.id_of("null"), place.describe("null"), place.insert(None)) for place in inserts)
        yield from _keyword_defects(node, inserts, skipped)


def _others(contract: Contract) -> dict[str, Any]:
    """Return values of optional properties that differ from their defaults, so that servers run other code."""
    values, properties = optional_values(contract), contract.form.properties
    return {name: properties[name].node.get("enum", [value])[-1] for name, value in values.items()}


def _named(name: str, rest: str = "") -> Describe:
    return lambda value: f"{name}: {value}{rest}"


def _insert_property(base: dict[str, Any], name: str) -> Insert:
    return lambda value: {**base, name: value}


def _unknown_names(root: Schema) -> Iterator[tuple[str, str]]:
    """Yield names that the contract does not describe: an unrelated one, and misspellings of known ones."""
    yield "an undocumented property", "unknown_property"
    for name in root.properties:
        head, *tail = name.split("_")
        for misspelled in (name.upper(), name[:-1], head + "".join(part.title() for part in tail)):
            if misspelled not in root.properties:
                yield f"{name} misspelled as {misspelled}", misspelled


def _keyword_defects(node: Schema, inserts: Sequence[Insertion], skipped: Container[str]) -> Iterator[Defect]:
    """Yield defects for the keywords of *node* at all places, and for the nodes below it at the last place.

    There are no defects for the *skipped* ids.
    """
    for keyword in node.keywords():
        if node.branch and keyword == "type":
            continue  # A wrong type violates the oneOf as a whole, not the type of one branch.
        if node.id_of(keyword) in skipped:
            continue
        for place in inserts:
            if keyword == "maxItems" and place.part is not None:
                continue  # large bodies, once for each requirement
            for words, value in place.values(node, keyword):
                yield node.id_of(keyword), place.describe(shown_payload(value, words)), place.insert(value)
    if "anyOf" not in node.node:
        for branch in node.branches:
            yield from _keyword_defects(branch, inserts, skipped)
    if node.items is not None:
        yield from _keyword_defects(node.items, _item_inserts(node, inserts[-1]), skipped)


def _item_inserts(node: Schema, around: Insertion) -> list[Insertion]:
    """Return the places of an item: alone, after many valid items, and first, last and between two of them."""
    first, second = example_items(node, 2)
    many = example_items(node, min(MANY, node.node.get("maxItems", MANY + 1) - 1))
    describe, insert = around.describe, around.insert
    return [
        Insertion(lambda value: describe(f"[{value}]"), lambda value: insert([value])),
        Insertion(
            lambda value: describe(f"[{counted(len(many), 'valid item')}, {value}]"),
            lambda value: insert([*many, value]),
            part=0,
        ),
        Insertion(
            lambda value: describe(f"[{value}, 2 valid items]"),
            lambda value: insert([value, first, second]),
            part=1,
        ),
        Insertion(
            lambda value: describe(f"[2 valid items, {value}]"),
            lambda value: insert([first, second, value]),
            part=2,
        ),
        Insertion(
            lambda value: describe(f"[a valid item, {value}, a valid item]"),
            lambda value: insert([first, value, second]),
        ),
    ]
