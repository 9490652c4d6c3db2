"""Values of one schema: from the document, made by hand, or generated. The suite's validator judges them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_value
from conformance.contract.openapi.json_schema import json_schema
from conformance.contract.openapi.keywords import AS_A_WHOLE, GROUPS, MODIFIERS, OWN, RECURSION
from conformance.validation import Validator

from .budget import Steps
from .mutations import value_mutations, with_named_constants

MAX_DRAWS = 10_000
"""Values that the generator may draw for one contract: a few seconds. Documents of vendors need 1,500 at most."""

DRAWS_FOR_ONE = 500
"""Values that the generator may draw for one keyword."""

EXAMPLES = 8
"""Values that are generated for one keyword."""

MAX_TRIED = 400
"""Mutations that are tried for one keyword."""

MAX_VALUES = 4
"""Valid values of one schema."""

BRANCHES = ("oneOf", "anyOf")
KEPT = (OWN | GROUPS.keys() | MODIFIERS) - {*BRANCHES}


@lru_cache(maxsize=8)
def values_of(contract: Contract) -> SchemaValues:
    """The values of the schemas of *contract*."""
    return SchemaValues(contract)


class SchemaValues:
    """Values of the schemas of *contract*. The generator has one limit for all of them together."""

    def __init__(self, contract: Contract) -> None:
        self._catalogue = contract.catalogue
        self._validators: dict[str, Validator] = {}
        self._known: dict[str, list[Any]] = {}
        self.draws = Steps(MAX_DRAWS)

    def validator(self, node: Schema) -> Validator:
        """The validator of *node*."""
        if node.name not in self._validators:
            self._validators[node.name] = Validator(node, self._catalogue)
        return self._validators[node.name]

    def valid(self, node: Schema) -> list[Any]:
        """Up to MAX_VALUES different valid values of *node*: those of the document first, generated ones last."""
        if node.name not in self._known:
            self._known[node.name] = []  # a schema that contains itself has no value while it is being built
            accepted = filter(self.validator(node).accepts, islice(self._candidates(node), MAX_TRIED))
            found = list(islice(_different(accepted), MAX_VALUES))
            if not found:
                generated = filter(self.validator(node).accepts, self.generated(raw_schema(node), node))
                found = sorted(_different(generated), key=_plainness)[:MAX_VALUES]
            self._known[node.name] = found
        return self._known[node.name]

    def usual(self, node: Schema) -> Any:
        """The example of *node*, or a valid value if that is not; None without a valid value."""
        simple = example_value(node)
        return simple if self.validator(node).accepts(simple) else next(iter(self.valid(node)), None)

    def generated(self, raw: Any, node: Schema, *, negative: bool = False) -> Iterator[Any]:
        """Values that Schemathesis generates for the JSON Schema *raw* of *node*, in the same order in each run.

        Raises nothing: a schema that Schemathesis cannot read has no values.
        """
        if self.draws.are_exhausted:
            return
        from .schemathesis_source import load_generator, schemathesis_values

        load_generator()
        found, draws = schemathesis_values(
            raw, node.definitions, negative=negative, number=EXAMPLES, draws=DRAWS_FOR_ONE
        )
        self.draws.take(draws)
        yield from found

    def _candidates(self, node: Schema) -> Iterator[Any]:
        own = node.node
        yield from (own[key] for key in ("example", "default") if key in own)
        yield from own.get("enum", ())
        simple = example_value(node)
        if node.type == "object" or (node.type is None and node.properties):
            simple = self._members(node, node.required)
            yield simple
            yield self._members(node, list(node.properties))
            yield from (self._members(node, [*node.required, name]) for name in node.properties)
        elif node.type == "array" and node.items is not None:
            simple = self._items(node, node.items)
        yield simple
        if "multipleOf" in own:
            step = own["multipleOf"]
            yield from (step * (n + ceil(own.get("minimum", 0) / step)) for n in (1, 0, 2, -1))
        for branch in node.branches:
            yield from self.valid(branch)
        yield from with_named_constants(simple, own)
        yield from value_mutations(simple)

    def _members(self, node: Schema, names: Any) -> dict[str, Any]:
        values = {name: self.valid(node.properties[name]) for name in names if name in node.properties}
        return {name: found[0] for name, found in values.items() if found}

    def _items(self, node: Schema, item: Schema) -> list[Any]:
        count = max(1, node.node.get("minItems", 1))
        examples = [example_value(item, number) for number in range(count)]
        accepted = [value for value in examples if self.validator(item).accepts(value)]
        return (accepted or self.valid(item) * count)[:count]


def raw_schema(node: Schema) -> dict[str, Any]:
    """*node* and all below it as JSON Schema, for a generator. Its references lead to ``node.definitions``."""
    own = node.node
    if RECURSION in own:
        return {"$ref": f"#{own[RECURSION]}"}
    if AS_A_WHOLE in own:
        return dict(own[AS_A_WHOLE])
    partners = {key: value for name in KEPT for key, value in own.get(f"x-with-{name}", {}).items()}
    found: dict[str, Any] = json_schema({**partners, **{key: own[key] for key in own if key in KEPT}})
    if node.properties:
        found["properties"] = {name: raw_schema(child) for name, child in node.properties.items()}
    if node.items is not None:
        found["items"] = raw_schema(node.items)
    keyword = next((key for key in BRANCHES if key in own), None)
    if keyword is not None:
        found[keyword] = [raw_schema(branch) for branch in node.branches]
    return found


def _plainness(value: Any) -> tuple[bool, int]:
    """Sorts values: those of printable ASCII characters first, then short ones."""
    text = json.dumps(value, ensure_ascii=False)
    return not (text.isascii() and text.isprintable() and "\\" not in text), len(text)


def _different(values: Iterator[Any]) -> Iterator[Any]:
    seen = set()
    for value in values:
        text = json.dumps(value, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield value
