"""Valid requests: every form of input, and values at every bound of the contract."""

from __future__ import annotations

from collections.abc import Container, Iterator
from math import inf
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_items, example_text, example_value
from conformance.contract.examples import model_property
from conformance.contract.role_kinds import forms_of
from conformance.contract.roles import merged_payload
from conformance.text import counted

from .base import base_payload
from .budget import within_budget
from .case import Case, make_case, shown_payload
from .large_bounds import large_bounds
from .schema_values import values_of

NON_ASCII = "Žluťoučký 河 🎻"
"""Characters of two, three and four bytes in UTF-8."""

LARGE_SIZES = (1025, 100_000)
"""A size just above a power of two, a common limit of servers; and a size that no model has."""

OTHER_SIZE = 2049
"""A length of vectors for other models: longer than the vectors of many models, shorter than those of large ones."""

SAFE_TOKENS = 200
"""The number of tokens of one text that every model accepts."""


def plain_case(contract: Contract, model: str | None) -> Case:
    """Return the plainest valid request: only the required properties."""
    return make_case(contract, "request.type", "only the required properties", base_payload(contract, model))


def valid_cases(contract: Contract, model: str | None) -> dict[str, list[Case]]:
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


def option_combinations(contract: Contract, model: str | None, *, only: str = "") -> list[Case]:
    """Return every form of input, combined with optional properties; *only* names the shape of a single form.

    A form that is an array has two items. The combinations: no optional property, all of them, each property alone, and
    each value of an enumeration together with sizes and together with all other properties.
    """
    base, root = base_payload(contract, model), contract.form
    nodes = {name: node for name, node in root.properties.items() if name not in root.required}
    others = optional_values(contract)
    sizes = {name: _usual(contract, name) for name in nodes if name not in others}
    optional: list[dict[str, Any]] = [{}, others]
    for name, node in nodes.items():
        optional += [{name: value} for value in node.enumerated or [_usual(contract, name)]]
        optional += [{name: value, **sizes} for value in node.enumerated if sizes]
        optional += [{**others, name: value} for value in node.enumerated[1:]]
    forms = [form for form in _forms(contract) if only in ("", form.shape)]
    cases = (
        make_case(
            contract,
            "",
            f"{form.place}, {'with ' + ', '.join(extra) if extra else 'without optional properties'}",
            merged_payload(contract.roles.with_texts(base, value), extra),
        )
        for form in forms
        for value in [example_items(form, 2) if form.items is not None else example_value(form, 1)]
        for extra in optional
    )
    return [case for case in within_budget(contract, cases) if case.valid]


def oversized_requests(contract: Contract, model: str | None) -> list[Case]:
    """Return requests for sizes that few models support: a target rejects them or returns exactly that size."""
    base = base_payload(contract, model)
    sizes = [name for name in contract.form.properties if depends_on_model(contract, name)]
    chosen = {f"{name} {size:,}": {name: size} for name in sizes for size in LARGE_SIZES}
    if (length := contract.roles.dimensions) in sizes:
        for other in (name for name in contract.known_models if name != model):
            named = f"{length} {OTHER_SIZE:,} of the model {other}"
            chosen[named] = {length: OTHER_SIZE, **model_property(contract, other)}
    cases = (make_case(contract, "", words, merged_payload(base, new)) for words, new in chosen.items())
    return [case for case in cases if case.valid]


def _forms(contract: Contract) -> list[Schema]:
    nodes = [node for name, node in contract.form.properties.items() if name != contract.roles.model]
    return [branch for node in nodes for branch in node.branches]


def _usual(contract: Contract, name: str) -> object:
    """Return a common value of a property; sizes are at least 8, because small sizes have cases of their own."""
    node = contract.form.properties[name]
    if not depends_on_model(contract, name):
        return example_value(node)
    return min(max(8, node.node.get("minimum", 8)), node.node.get("maximum", inf))


def _payloads(contract: Contract, base: Any, model: str | None) -> Iterator[tuple[str, str, object]]:
    root, skipped = contract.form, large_bounds(contract)
    yield root.id_of("type"), "only the required properties", base
    if not isinstance(base, dict):
        yield from _values(root, skipped)
        return
    full = {**base, **optional_values(contract)}
    for name in root.required:
        yield f"{root.name}.{name}.required", "only the required properties", dict(base)
    yield root.id_of("additionalProperties"), "every described property", full
    yield root.id_of("additionalProperties"), "all properties in reverse order", dict(reversed(full.items()))
    for name, node in root.properties.items():
        for requirement, words, value in _values(node, skipped):
            if name == contract.roles.model and not node.node.get("enum"):
                known = {**base, **model_property(contract, model)}
                yield requirement, f"{name}: {shown_payload(model, 'the model of the run')}", known
            else:
                yield requirement, f"{name}: {words}", {**base, name: value}


def optional_values(contract: Contract) -> dict[str, Any]:
    """Return a valid value for each optional property, without those that depend on the target's model.

    Properties without a known valid value are left out.
    """
    root, model, values = contract.form, contract.roles.model, values_of(contract)
    found = {
        name: (node, values.usual(node))
        for name, node in root.properties.items()
        if name not in root.required and name != model and not depends_on_model(contract, name)
    }
    return {name: value for name, (node, value) in found.items() if values.validator(node).accepts(value)}


def depends_on_model(contract: Contract, name: str) -> bool:
    """Whether a target may reject values that the schema allows for a property, because its model lacks them.

    This is the case for a size: the length of a vector, or any integer without an upper bound. The largest length that
    a contract allows is that of its largest model.
    """
    node = contract.form.properties[name]
    if name == contract.roles.dimensions:
        return not any("enum" in form.node for form in forms_of(node))
    return is_without_bound(node)


def is_without_bound(node: Schema) -> bool:
    """Whether *node* is an integer without an upper bound, or with one that only its type explains."""
    most = node.node.get("maximum", LARGE_SIZES[-1])
    return node.type == "integer" and "enum" not in node.node and most >= LARGE_SIZES[-1]


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
            yield (
                node.id_of("anyOf"),
                shown_payload(example_value(branch), branch.shape),
                example_value(branch),
            )
    if "oneOf" in node.node:
        for branch in node.branches:
            yield (
                node.id_of("oneOf"),
                shown_payload(example_value(branch), branch.shape),
                example_value(branch),
            )
            yield from _values(branch, skipped)
    for keyword in node.keywords():
        if node.id_of(keyword) in skipped:
            continue
        for words, value in at_bound_of(node, keyword):
            yield node.id_of(keyword), shown_payload(value, words), value
    if node.type == "array" and node.items is not None:
        for requirement, words, value in _values(node.items, skipped):
            yield requirement, f"[{words}]", [value]
            yield requirement, f"[{words}, 2 other items]", [value, *example_items(node, 2)]


def at_bound_of(node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
    """Yield values at the bound of *keyword*, each after words for it in case that it is long."""
    bound: Any = node.node[keyword]
    match keyword:
        case "type":
            yield node.shape, example_value(node)
            if node.type == "string" and "enum" not in node.node:
                yield "a non-ASCII text", NON_ASCII[: node.node.get("maxLength")]
            if node.nullable:
                yield "null", None
        case "enum":
            yield from ((f"{value}", value) for value in node.enumerated)
        case "minItems" | "maxItems" if node.items is not None:
            for count in (bound, bound + 1) if keyword == "minItems" else (bound - 1, bound):
                yield f"{node.shape} with {counted(count, 'item')}", example_items(node, count)
        case "minLength" | "maxLength":
            yield f"a string of {counted(bound, 'character')}", example_text(0, bound, bound)
        case "minimum":
            least = bound + 1 if node.node.get("exclusiveMinimum") else bound
            yield f"{least}", least
        case "maximum":
            most = bound - 1 if node.node.get("exclusiveMaximum") else bound
            yield f"{most}", most
