"""Random payloads and schemas, valid ones and ones with defects."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

SCALARS = (
    *(None, True, False, -2, -1, 0, 1, 2, 3, 2**70, -(2**70), 0.5, -1.5, 1e-9, float("inf")),
    *("", "x", "é", "a/b~c", "float", "list", "embedding", "text-embedding-3-small"),
)


NAMES = ("a", "b", "c/~", "d")


KEYS = (
    *("input", "model", "encoding_format", "dimensions", "user", "data", "object", "index", "embedding"),
    *("usage", "prompt_tokens", "total_tokens", "x", "a/b~c", ""),
)


def value(chance: Random, keys: tuple[str, ...] = KEYS, depth: int = 3) -> Any:
    """Arbitrary JSON."""
    kind = chance.choice(["scalar", "scalar", "array", "object"]) if depth else "scalar"
    if kind == "scalar":
        return chance.choice(SCALARS)
    children = [value(chance, keys, depth - 1) for _ in range(chance.randrange(5))]
    return children if kind == "array" else {chance.choice(keys): child for child in children}


def request(chance: Random) -> dict[str, Any]:
    """A valid request."""
    tokens = [[chance.randrange(9) for _ in range(chance.randint(1, 3))] for _ in range(chance.randint(1, 3))]
    words = [chance.choice("ab") for _ in tokens]
    full = {
        "encoding_format": chance.choice(["float", "base64"]),
        "dimensions": chance.randint(1, 3),
        "user": "u",
    }
    optional = {name: full[name] for name in full if chance.random() < 0.5}
    return {"input": chance.choice(["text", words, tokens[0], tokens]), "model": "m", **optional}


def response(chance: Random) -> dict[str, Any]:
    """A valid response."""
    data = [
        {
            "object": "embedding",
            "index": chance.randrange(9),
            "embedding": chance.choice([[0.5, 1, -2], [0, 0.5], [], "AAAAPw=="]),
        }
        for _ in range(chance.randrange(3))
    ]
    return {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 2}}


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside *node*, without *node* itself."""
    steps: Any = node.items() if isinstance(node, dict) else ()
    for step, child in enumerate(node) if isinstance(node, list) else steps:
        yield (*path, step)
        yield from places(child, (*path, step))


def retyped(node: Any) -> Any:
    """*node* as a similar value of another type."""
    match node:
        case bool():
            return int(node)
        case int() | float():
            return str(node)
        case str():
            return [node]
        case list():
            return node[0] if node else {}
        case dict():
            return list(node.values())
    return False


def mutate(chance: Random, payload: Any) -> None:
    """Replace, delete, insert, duplicate or retype at a random place of *payload*."""
    found = list(places(payload))
    if not found:
        return
    *above, step = chance.choice(found)
    parent = payload
    for name in above:
        parent = parent[name]
    match chance.choice(["replace", "delete", "insert", "duplicate", "retype"]):
        case "replace":
            parent[step] = value(chance)
        case "delete":
            del parent[step]
        case "retype":
            parent[step] = retyped(parent[step])
        case "insert" if isinstance(parent, list):
            parent.insert(step, value(chance))
        case "duplicate" if isinstance(parent, list):
            parent[step:step] = [deepcopy(parent[step]) for _ in range(chance.randint(1, 3))]
        case _:
            parent[chance.choice(KEYS)] = value(chance)


def mutated(chance: Random, valid: Callable[[Random], Any]) -> Any:
    """A valid payload after up to four mutations, or sometimes arbitrary JSON."""
    if chance.random() < 0.1:
        return value(chance)
    payload = valid(chance)
    for _ in range(chance.randrange(5)):
        mutate(chance, payload)
    return payload


def schema(chance: Random, depth: int = 2) -> dict[str, Any]:
    """A schema with the supported keywords."""
    below: Callable[[], Any] = (lambda: schema(chance, depth - 1)) if depth else dict
    if depth and chance.random() < 0.2:
        return {"oneOf": [leaf(chance) for _ in range(chance.randint(1, 3))]}
    node = leaf(chance)
    if chance.random() < 0.4 or node.get("type") == "array":
        node["items"] = below()
    if chance.random() < 0.4 or "additionalProperties" in node:
        node["properties"] = {name: below() for name in NAMES if chance.random() < 0.5}
    return node


def leaf(chance: Random) -> dict[str, Any]:
    """A schema without subschemas, except empty ones that some keywords need."""
    size, bound = (lambda: chance.randrange(4)), (lambda: chance.randint(-2, 2))
    options: dict[str, Callable[[], Any]] = {
        "type": lambda: chance.choice(["string", "integer", "number", "boolean", "array", "object"]),
        "nullable": lambda: chance.random() < 0.5,
        "enum": lambda: chance.sample(SCALARS[:12] + SCALARS[-8:], 3),
        "required": lambda: chance.sample(NAMES, chance.randint(1, 2)),
        "additionalProperties": lambda: chance.random() < 0.5,
        "minItems": size,
        "maxItems": size,
        "minLength": size,
        "maxLength": size,
        "minimum": bound,
        "maximum": bound,
        "exclusiveMinimum": lambda: chance.random() < 0.5,
        "exclusiveMaximum": lambda: chance.random() < 0.5,
    }
    node = {keyword: make() for keyword, make in options.items() if chance.random() < 0.25}
    node |= {"items": {}} if node.get("type") == "array" else {}
    return node | ({"properties": {}} if "additionalProperties" in node else {})
