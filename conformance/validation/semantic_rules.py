"""What no schema can state: how an answer relates to its request, and its parts to each other.

Each relation looks at what it is about alone, so that one defect is one violation: a missing item breaks the count and
not the indices, which are judged against the items that came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .base64_vectors import Base64Problem, decode_base64, finite
from .violation import describe

Finding = tuple[str, str, str, str]
"""Requirement id, pointer, expected, found."""

ARRAY = (list, tuple)
NO_NUMBERS = frozenset({bool, str, type(None)})

ENCODINGS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "float": (ARRAY, "an array of numbers"),
    "base64": ((str,), "a base64 string"),
}


def relations(
    answer: Mapping[str, Any],
    request: Mapping[str, Any] | None,
    default: str | None,
    known_models: Sequence[str] = (),
) -> Iterator[Finding]:
    """All relations of *answer*, those to its *request* among them when that is given.

    *default* is the encoding of a request that names none, *known_models* are those that the contract names. Parts that
    the schema already refuses are left to it.
    """
    data = answer.get("data")
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, ARRAY) else []
    if isinstance(data, ARRAY) and len(items) == len(data):
        if request is not None:
            yield from _count(data, request)
        yield from _indices(items)
        yield from _order(items)
    yield from _usage(answer.get("usage"))
    yield from _model(answer.get("model"), request or {}, known_models)
    embeddings = [(f"/data/{n}/embedding", item.get("embedding")) for n, item in enumerate(items)]
    if request is not None:
        yield from _encodings(embeddings, request.get("encoding_format", default))
    yield from _vectors(embeddings, request or {})


def inputs(value: object) -> int | None:
    """How many texts the ``input`` of a request holds; None where it is none of the contract's forms."""
    if isinstance(value, str):
        return 1
    if isinstance(value, ARRAY) and value:
        return len(value) if isinstance(value[0], (str, *ARRAY)) else 1
    return None


def _count(data: Sequence[object], request: Mapping[str, Any]) -> Iterator[Finding]:
    wanted = inputs(request.get("input"))
    if wanted is not None and len(data) != wanted:
        expected = f"{_counted(wanted, 'embedding')}, one for each input"
        yield "response.count", "/data", expected, f"{len(data)} of them"


def _indices(items: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    found: list[Any] = [item.get("index") for item in items]
    if not all(map(_is_integral, found)):
        return
    seen: set[object] = set()
    for place, index in enumerate(found):
        if not 0 <= index < len(items) or index in seen:
            expected = f"each of 0 to {len(items) - 1} once"
            again = " once more" if index in seen else ""
            yield "response.index", f"/data/{place}/index", expected, f"{describe(index)}{again}"
            return
        seen.add(index)


def _order(items: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Clients pair texts and vectors by position; a permutation that the indices tell of is right, and not safe."""
    found = [item.get("index") for item in items]
    if set(map(type, found)) == {int} and set(found) == set(range(len(items))):
        misplaced = next((place for place, index in enumerate(found) if place != index), None)
        if misplaced is not None:
            yield "response.order", f"/data/{misplaced}/index", f"{misplaced}", f"{found[misplaced]}"


def _usage(usage: object) -> Iterator[Finding]:
    if not isinstance(usage, dict):
        return
    counts = {name: usage[name] for name in ("prompt_tokens", "total_tokens") if _is_count(usage.get(name))}
    for name, count in counts.items():
        if count < 0:
            yield "response.usage.not-negative", f"/usage/{name}", "a count of tokens", describe(count)
    if counts.get("prompt_tokens") == 0:
        yield "response.usage.counted", "/usage/prompt_tokens", "at least 1 token", "0"
    if len(counts) == 2 and 0 <= counts["total_tokens"] < counts["prompt_tokens"]:
        expected = f"at least prompt_tokens, {describe(counts['prompt_tokens'])}"
        yield "response.usage.total", "/usage/total_tokens", expected, describe(counts["total_tokens"])


def _encodings(embeddings: Sequence[tuple[str, object]], encoding: object) -> Iterator[Finding]:
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        return
    kinds, expected = ENCODINGS[encoding]
    for pointer, embedding in embeddings:
        if isinstance(embedding, (str, *ARRAY)) and not isinstance(embedding, kinds):
            yield "response.encoding", pointer, f"{expected}, as asked for", describe(embedding)
            return


def _vectors(embeddings: Sequence[tuple[str, object]], request: Mapping[str, Any]) -> Iterator[Finding]:
    lengths: dict[str, int] = {}
    for pointer, embedding in embeddings:
        vector: Any = decode_base64(embedding) if isinstance(embedding, str) else embedding
        if isinstance(vector, Base64Problem):
            yield "response.base64", pointer, vector.expected, vector.found
            continue
        if not hasattr(vector, "__len__") or isinstance(vector, dict) or _is_nested(vector):
            continue
        lengths[pointer] = len(vector)
        if len(vector) and not any(vector) and NO_NUMBERS.isdisjoint(map(type, vector)):
            yield "response.not-zero", pointer, "a number other than 0", _counted(len(vector), "zero")
        place = finite(vector)
        if place is not None:
            below = pointer if isinstance(embedding, str) else f"{pointer}/{place}"
            yield "response.finite", below, "finite numbers", f"{vector[place]} at position {place}"
    yield from _lengths(lengths, request.get("dimensions"))


def _is_nested(vector: Any) -> bool:
    return isinstance(vector, ARRAY) and not {list, tuple, dict}.isdisjoint(map(type, vector))


def _lengths(lengths: Mapping[str, int], wanted: Any) -> Iterator[Finding]:
    """The *lengths* of vectors, by pointer, against the one that was *wanted*, or else the one that most have."""
    asked = _is_count(wanted) and wanted > 0
    requirement, how = (
        ("response.dimensions", "as asked for") if asked else ("response.length", "as most embeddings have")
    )
    usual = Counter(filter(None, lengths.values())).most_common(1)
    right = wanted if asked else next((length for length, _ in usual), 0)
    for pointer, length in lengths.items():
        if not length:
            yield "response.not-empty", pointer, "at least one number", "none"
        elif length != right:
            yield requirement, pointer, f"{_counted(right, 'number')}, {how}", f"{length} of them"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _is_integral(value: object) -> bool:
    return value.is_integer() if isinstance(value, float) else _is_count(value)


def _model(model: object, request: Mapping[str, Any], known_models: Sequence[str]) -> Iterator[Finding]:
    if model == "":
        yield "response.model.named", "/model", "the name of a model", "an empty string"
    elif model in known_models and request.get("model") in known_models and model != request["model"]:
        yield "response.model.same", "/model", f"not another model than {request['model']}", f"{model}"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
