"""Valid requests: every form of input, and values at every bound of the contract."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.examples import base_payload, example, example_text, items
from conformance.text import counted

from .budget import within_budget
from .case import Case, make_case, shown
from .large_bounds import large_bounds

NON_ASCII = "Žluťoučký 河 🎻"
"""Characters of two, three and four bytes in UTF-8."""

LARGE_SIZES = (1025, 100_000)
"""A size just above a power of two, a common limit of servers; and a size that no model has."""

SAFE_TOKENS = 200
"""The number of tokens of one text that every model accepts."""


def plain_case(contract: Contract, model: str) -> Case:
    """Return the plainest valid request: only the required properties."""
    return make_case(contract, "request.type", "only the required properties", base_payload(contract, model))


def valid_cases(contract: Contract, model: str) -> dict[str, list[Case]]:
    """Return valid cases by requirement id: for each keyword of the request schema, values that it allows.

    Cases that our own validator rejects are left out, and so are duplicates within one requirement.
    """
    made: dict[str, dict[bytes, Case]] = {}
    base = base_payload(contract, model)
    cases = (make_case(contract, *payload) for payload in _payloads(contract, base, model))
    for case in within_budget(contract, cases):
        if case.valid:
            made.setdefault(case.requirement, {}).setdefault(case.body, case)
    return {requirement: list(cases.values()) for requirement, cases in made.items()}


def combinations(contract: Contract, model: str, *, only: str = "") -> list[Case]:
    """Return every form of input, combined with optional properties; *only* names the shape of a single form.

    A form that is an array has two items. The combinations: no optional property, all of them, each property alone, and
    each value of an enumeration together with sizes and together with all other properties.
    """
    base, root = base_payload(contract, model), contract.form
    nodes = {name: node for name, node in root.properties.items() if name not in root.required}
    others = optional_values(root)
    sizes = {name: _usual(node) for name, node in nodes.items() if name not in others}
    optional: list[dict[str, Any]] = [{}, others]
    for name, node in nodes.items():
        optional += [{name: value} for value in node.node.get("enum", [_usual(node)])]
        optional += [{name: value, **sizes} for value in node.node.get("enum", ()) if sizes]
        optional += [{**others, name: value} for value in node.node.get("enum", ())[1:]]
    forms = [form for form in _forms(contract) if only in ("", form.shape)]
    cases = (
        make_case(
            contract,
            "",
            f"{form.place}, {'with ' + ', '.join(extra) if extra else 'without optional properties'}",
            base | {"input": value} | extra,
        )
        for form in forms
        for value in [items(form, 2) if form.items is not None else example(form, 1)]
        for extra in optional
    )
    return [case for case in within_budget(contract, cases) if case.valid]


def oversized(contract: Contract, model: str) -> list[Case]:
    """Return requests for sizes that few models support: a target rejects them or returns exactly that size."""
    base = base_payload(contract, model)
    sizes = [name for name, node in contract.form.properties.items() if depends_on_model(node)]
    return [
        make_case(contract, "", f"{name} {size:,}", base | {name: size})
        for name in sizes
        for size in LARGE_SIZES
    ]


def _forms(contract: Contract) -> list[Schema]:
    nodes = [node for name, node in contract.form.properties.items() if name != "model"]
    return [branch for node in nodes for branch in node.branches]


def _usual(node: Schema) -> object:
    """Return a common value of *node*; sizes are at least 8, because small sizes have cases of their own."""
    return max(8, node.node.get("minimum", 8)) if depends_on_model(node) else example(node)


def _payloads(contract: Contract, base: Mapping[str, Any], model: str) -> Iterator[tuple[str, str, object]]:
    root, skipped = contract.form, large_bounds(contract)
    full = {**base, **optional_values(root)}
    yield root.id_of("type"), "only the required properties", dict(base)
    for name in root.required:
        yield f"{root.name}.{name}.required", "only the required properties", dict(base)
    yield root.id_of("additionalProperties"), "every described property", full
    yield root.id_of("additionalProperties"), "all properties in reverse order", dict(reversed(full.items()))
    for name, node in root.properties.items():
        for requirement, words, value in _values(node, skipped):
            if name == "model" and not node.node.get("enum"):
                known = {**base, name: model}
                yield requirement, f"model: {shown(model, 'the model of the run')}", known
            else:
                yield requirement, f"{name}: {words}", {**base, name: value}


def optional_values(root: Schema) -> dict[str, Any]:
    """Return a value for each optional property, without those that depend on the target's model."""
    return {
        name: example(node)
        for name, node in root.properties.items()
        if name not in root.required and name != "model" and not depends_on_model(node)
    }


def depends_on_model(node: Schema) -> bool:
    """Whether a target may reject values that the schema allows, because its model does not support them.

    This is the case for a size: an integer without an upper bound.
    """
    return node.type == "integer" and not {"maximum", "enum"} & node.node.keys()


def is_long(value: object) -> bool:
    """Whether an input is one array of so many tokens that a model may have to reject it."""
    return isinstance(value, list) and len(value) > SAFE_TOKENS and isinstance(value[0], int)


def _values(node: Schema, skipped: Container[str]) -> Iterator[tuple[str, str, object]]:
    """Yield values that *node* accepts, for each keyword of it and of the nodes below it, without *skipped* ids.

    Each is a tuple of requirement id, description of the value, and value.
    """
    if "anyOf" in node.node:
        of_one_type = len({branch.type for branch in node.branches}) == 1
        for branch in node.branches[:1] if of_one_type else node.branches:
            yield node.id_of("anyOf"), shown(example(branch), branch.shape), example(branch)
    if "oneOf" in node.node:
        for branch in node.branches:
            yield node.id_of("oneOf"), shown(example(branch), branch.shape), example(branch)
            yield from _values(branch, skipped)
    for keyword in node.keywords():
        if node.id_of(keyword) in skipped:
            continue
        for words, value in _for_keyword(node, keyword):
            yield node.id_of(keyword), shown(value, words), value
    if node.type == "array" and node.items is not None:
        for requirement, words, value in _values(node.items, skipped):
            yield requirement, f"[{words}]", [value]
            yield requirement, f"[{words}, 2 other items]", [value, *items(node, 2)]


def _for_keyword(node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
    """Yield values at the bound of *keyword*, each after words for it in case that it is long."""
    bound: Any = node.node[keyword]
    match keyword:
        case "type":
            yield node.shape, example(node)
            if node.type == "string" and "enum" not in node.node:
                yield "a non-ASCII text", NON_ASCII[: node.node.get("maxLength")]
            if node.nullable:
                yield "null", None
        case "enum":
            yield from ((f"{value}", value) for value in bound)
        case "minItems" | "maxItems" if node.items is not None:
            for count in (bound, bound + 1) if keyword == "minItems" else (bound - 1, bound):
                yield f"{node.shape} with {counted(count, 'item')}", items(node, count)
        case "minLength" | "maxLength":
            yield f"a string of {counted(bound, 'character')}", example_text(0, bound, bound)
        case "minimum":
            least = bound + 1 if node.node.get("exclusiveMinimum") else bound
            yield f"{least}", least
        case "maximum":
            most = bound - 1 if node.node.get("exclusiveMaximum") else bound
            yield f"{most}", most
