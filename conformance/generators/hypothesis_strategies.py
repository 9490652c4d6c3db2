"""Hypothesis strategies derived from the contract: valid payloads, mutated payloads, and sets of credentials.

They use the schema only. Whether a target must accept or reject a payload is decided later, by the validators.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, inf
from typing import Any

from hypothesis import strategies as st

from conformance.contract import Contract, Schema, Security
from conformance.contract.example_strings import FORMATS
from conformance.contract.example_values import WORDS, example_value
from conformance.contract.examples import model_property

from .valid import depends_on_model, is_without_bound

TOKENS = st.integers(97, 122)
"""Token ids that every vocabulary has."""

CHARACTERS = st.one_of(
    *(
        st.characters(min_codepoint=first, max_codepoint=last)
        for first, last in (
            (0x20, 0x7E),
            (0xC0, 0x24F),
            (0x391, 0x3A1),
            (0x410, 0x44F),
            (0x4E00, 0x9FA5),
            (0x1F600, 0x1F64F),
        )
    )
)
"""Characters of several scripts. Fixed code points: the Unicode tables differ between versions of Python."""

LENGTH = 40
"""The maximum number of characters of a text, unless the contract requires longer texts."""

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
MAX_ITEMS = 5
SIZES = st.integers(1, 16)


def valid_payloads(contract: Contract, model: str | None) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid requests for *model*, with their properties in any order."""
    root = contract.form
    fixed = {name: st.just(value) for name, value in model_property(contract, model).items()}
    sizes = {name: _sizes(node) for name, node in root.properties.items() if depends_on_model(contract, name)}
    fields = {name: _values(node) for name, node in root.properties.items()} | sizes | fixed
    required = {name: fields[name] for name in root.required}
    optional = {name: values for name, values in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional).flatmap(_in_any_order)


def mutated_payloads(contract: Contract, model: str | None) -> st.SearchStrategy[Any]:
    """Generate valid requests with one random change; some of them stay valid."""
    return st.tuples(valid_payloads(contract, model), st.randoms(use_true_random=False), ANY_JSON).map(
        _mutated
    )


def credential_sets(security: Security) -> st.SearchStrategy[dict[str, str]]:
    """Generate a kind for each scheme: ``valid``, ``wrong`` or ``empty``; schemes without a credential are left out."""
    mixed, only_valid = (
        st.fixed_dictionaries({scheme.name: st.sampled_from(kinds) for scheme in security.schemes})
        for kinds in (("", "valid", "valid", "wrong", "empty"), ("", "valid"))
    )
    return (mixed | only_valid).map(lambda kinds: {name: kind for name, kind in kinds.items() if kind})


def _values(node: Schema) -> st.SearchStrategy[Any]:
    if node.branches:
        return st.one_of(*(_values(branch) for branch in node.branches))
    if "enum" in node.node:
        return st.sampled_from(node.node["enum"])
    match node.type:
        case "string" if "pattern" in node.node or node.node.get("format") in FORMATS:
            return st.just(example_value(node))
        case "string":
            least = max(1, node.node.get("minLength", 1))
            usual = max(LENGTH, least)
            most = min(usual, node.node.get("maxLength", usual))
            return _texts(least, most)
        case "integer":
            return _integers(node)
        case "number":
            return _numbers(node)
        case "boolean":
            return st.booleans()
        case "array" if node.items is not None:
            least = max(1, node.node.get("minItems", 1))
            most = max(least, min(MAX_ITEMS, node.node.get("maxItems", MAX_ITEMS)))
            lists = st.lists(_values(node.items), min_size=least, max_size=most)
            return lists | lists.map(lambda items: [*items[: most - 1], items[0]])
    return st.just(example_value(node))


def _texts(least: int, most: int) -> st.SearchStrategy[str]:
    """Texts that begin with a word that every model has in its vocabulary."""
    parts = st.tuples(st.sampled_from(WORDS), st.text(CHARACTERS, max_size=most))
    return parts.map(lambda both: " ".join(both).strip().ljust(least, "x")[:most])


def _integers(node: Schema) -> st.SearchStrategy[int]:
    least: Any = node.node.get("minimum")
    most: Any = node.node.get("maximum")
    if least is None and most is None:
        return TOKENS
    if is_without_bound(node):
        return SIZES.map(lambda n: n + ceil(least))
    if least is not None:
        least = floor(least) + 1 if node.node.get("exclusiveMinimum") else ceil(least)
    if most is not None:
        most = ceil(most) - 1 if node.node.get("exclusiveMaximum") else floor(most)
    return st.integers(least, most)


def _sizes(node: Schema) -> st.SearchStrategy[int]:
    """Lengths of vectors that most models support."""
    least, most = node.node.get("minimum", 0), node.node.get("maximum", inf)
    return SIZES.map(lambda n: min(ceil(least) + n, floor(most)) if most < inf else ceil(least) + n)


def _numbers(node: Schema) -> st.SearchStrategy[float]:
    least, most = node.node.get("minimum"), node.node.get("maximum")
    return st.floats(
        least,
        most,
        allow_nan=False,
        allow_infinity=False,
        exclude_min=least is not None and node.node.get("exclusiveMinimum", False),
        exclude_max=most is not None and node.node.get("exclusiveMaximum", False),
    )


def _in_any_order(payload: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(payload)).map(lambda names: {name: payload[name] for name in names})


def _mutated(drawn: tuple[dict[str, Any], Any, Any]) -> Any:
    """Make one random change to a payload; *drawn* is the payload, a random generator and any JSON value."""
    payload, random, value = drawn
    container, key = random.choice(list(_places(payload)))
    actions: list[Callable[[], object]] = [
        lambda: _put(container, key, value),
        lambda: _put(container, key, [container[key]]),
        lambda: _put(container, key, None),
        lambda: _put(container, key, str(container[key])),
        lambda: container.pop(key),
        lambda: _add(container, value),
    ]
    random.choice(actions)()
    return payload


def _places(value: Any) -> Any:
    """Yield all places inside *value*, as pairs of container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _put(container: Any, key: Any, value: Any) -> None:
    container[key] = value


def _add(container: Any, value: Any) -> None:
    if isinstance(container, dict):
        container["extra_property"] = value
    else:
        container.append(value)
