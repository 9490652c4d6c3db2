"""Requests with exactly one defect: for each keyword of the contract, what it must keep out.

A defect is planted into an otherwise valid request, at every place where its schema node can stand. What it was meant
to violate is no oracle: a case counts for a requirement only if our own validator finds that requirement, or one that
is related to it, violated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from conformance.contract import Contract, Schema

from .case import Case, make_case
from .examples import base_payload, counted, items
from .valid import optional_values

Plant = Callable[[object], object]
Defect = tuple[str, str, object]
"""Requirement id, description, payload."""

WRONG_TYPES: tuple[tuple[str, object], ...] = (
    ("null", None),
    ("a boolean", True),
    ("an integer", 7),
    ("a number with a fraction", 1.5),
    ("a string", "river"),
    ("a string of digits", "7"),
    ("an empty array", []),
    ("an array of a string", ["river"]),
    ("an array of an integer", [7]),
    ("an empty object", {}),
)

WRONG_ARRAYS: tuple[tuple[str, object], ...] = (
    ("an array of null", [None]),
    ("an array of a boolean", [True]),
    ("an array of a number with a fraction", [1.5]),
    ("an array of an object", [{"text": "river"}]),
)


MANY = 40
"""Items of an array at whose end a server may have stopped to look."""


def invalid_cases(contract: Contract, model: str) -> dict[str, list[Case]]:
    """Cases by the requirement that they violate, each once.

    Where no payload violates a requirement itself, because the validator can not tell it from a related one (an empty
    array is an empty array of strings as much as of integers), those that violate a related one stand for it.
    """
    own: dict[str, dict[bytes, Case]] = {}
    near: dict[str, dict[bytes, Case]] = {}
    for requirement, description, payload in _defects(contract.request, base_payload(contract, model)):
        case = make_case(contract, requirement, description, payload)
        if requirement in case.violations:
            own.setdefault(requirement, {}).setdefault(case.body, case)
        elif _stands_for_kin(contract, case):
            near.setdefault(requirement, {}).setdefault(case.body, case)
    return {requirement: list(cases.values()) for requirement, cases in {**near, **own}.items()}


def _stands_for_kin(contract: Contract, case: Case) -> bool:
    requirement = contract.catalogue[case.requirement]
    kin = {id for id in requirement.related if contract.catalogue[id].template == requirement.template}
    return bool(case.violations & kin)


def _defects(root: Schema, base: dict[str, Any]) -> Iterator[Defect]:
    for description, value in WRONG_TYPES:
        yield root.id_of("type"), f"{description} as the whole body", value
    for name in root.required:
        yield (
            f"{root.name}.{name}.required",
            f"{name} left out",
            {key: value for key, value in base.items() if key != name},
        )
    if root.closed:
        for description, name in _strange_names(root):
            yield root.id_of("additionalProperties"), description, {**base, name: "river"}
    for name, node in root.properties.items():
        plants = [("", _planter(base, name))]
        if "oneOf" not in node.node:
            plants.insert(0, (" beside all others", _planter(base | _others(root), name)))
        if node in root.refused_null:
            yield from (
                (node.id_of("null"), f"null as {node.place}{at}", plant(None)) for at, plant in plants
            )
        yield from _below(node, plants)


def _others(root: Schema) -> dict[str, Any]:
    """Optional properties that are not what they are by default: servers go other ways then."""
    values = optional_values(root)
    return {name: root.properties[name].node.get("enum", [value])[-1] for name, value in values.items()}


def _planter(base: dict[str, Any], name: str) -> Plant:
    return lambda value: {**base, name: value}


def _strange_names(root: Schema) -> Iterator[tuple[str, str]]:
    """Names that the contract does not describe: one of nowhere, and the known ones misspelt."""
    yield "a property that the contract does not describe", "unknown_property"
    for name in root.properties:
        head, *tail = name.split("_")
        for misspelt in (name.upper(), name[:-1], head + "".join(part.title() for part in tail)):
            if misspelt not in root.properties:
                yield f"{name} misspelt as {misspelt}", misspelt


def _below(node: Schema, plants: Sequence[tuple[str, Plant]]) -> Iterator[Defect]:
    """Defects for the keywords of *node* at every place that *plants* reach, and for those below it at the last."""
    for keyword in node.keywords():
        if node.branch and keyword == "type":
            continue  # A branch permits its type; what fits no branch violates the alternatives as a whole.
        for where, plant in plants:
            for description, value in _against(node, keyword):
                yield node.id_of(keyword), f"{description} as {_one(node.place)}{where}", plant(value)
    if "anyOf" not in node.node:
        for branch in node.branches:
            yield from _below(branch, plants)
    if node.items is not None:
        _, plant = plants[-1]
        yield from _below(node.items, _places(node, plant))


def _one(place: str) -> str:
    return place.replace("each item of", "an item of")


def _places(node: Schema, plant: Plant) -> list[tuple[str, Plant]]:
    """Where an item can stand: alone, behind many, and first, last and in the middle among valid ones."""
    first, second = items(node, 2)
    many = items(node, min(MANY, node.node.get("maxItems", MANY + 1) - 1))
    return [
        (", alone", lambda value: plant([value])),
        (f", behind {len(many)} right ones", lambda value: plant([*many, value])),
        (", at the first place", lambda value: plant([value, first, second])),
        (", at the last place", lambda value: plant([first, second, value])),
        (", in the middle", lambda value: plant([first, value, second])),
    ]


def _against(node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
    """Values that violate *keyword* of *node*, by intent."""
    bound: Any = node.node[keyword]
    match keyword:
        case "type" | "anyOf":
            yield from WRONG_TYPES
        case "oneOf":
            yield from WRONG_TYPES + WRONG_ARRAYS
        case "enum":
            yield "a value outside the enumeration", "river"
            yield "an empty string", ""
            for value in bound:
                if isinstance(value, str) and value.swapcase() != value:
                    yield f"{value} in other letter case", value.swapcase()
        case "minItems":
            yield counted(bound - 1, "item"), items(node, bound - 1)
        case "maxItems":
            yield counted(bound + 1, "item"), items(node, bound + 1)
        case "minLength":
            yield f"a string of {counted(bound - 1, 'character')}", "x" * (bound - 1)
        case "maxLength":
            yield f"a string of {counted(bound + 1, 'character')}", "x" * (bound + 1)
        case "minimum":
            least = bound if node.node.get("exclusiveMinimum") else bound - 1
            for value in dict.fromkeys((least, min(least, 0), min(least, -1))):
                yield f"the integer {value}", value
        case "maximum":
            most = bound if node.node.get("exclusiveMaximum") else bound + 1
            yield f"the integer {most}", most
