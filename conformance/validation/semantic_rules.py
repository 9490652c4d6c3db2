"""Rules that no schema can state: the relations of a response to its request, and of its parts to each other.

Each rule looks only at its own subject, so one defect is one violation: a missing item breaks the count, and not the
indices, which are compared with the items that are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .base64_vectors import Base64Problem, decode_base64, first_non_finite
from .long_array import LongArray
from .violation import counted, describe


class Finding(NamedTuple):
    """A rule that a response breaks; ``requirement`` is an id, ``pointer`` a JSON pointer into the response."""

    requirement: str
    pointer: str
    expected: str
    found: str


ARRAY = (list, tuple)
NOT_NUMBERS = frozenset({bool, str, type(None)})

ENCODING = "encoding_format"
"""The property of a request that names the encoding of its vectors."""

ENCODINGS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "float": (ARRAY, "an array of numbers"),
    "base64": ((str,), "a base64 string"),
}

DEPENDS_ON_REQUEST = frozenset(
    {"response.count", "response.dimensions", "response.encoding", "response.model.same"}
)
"""The requirements that compare a response with its request: without the request, no finding is about them."""


def semantic_findings(
    response: Mapping[str, Any],
    request: Mapping[str, Any] | None,
    default: str | None,
    known_models: Sequence[str] = (),
) -> Iterator[Finding]:
    """All rules that *response* breaks, including those that compare it with *request* if that is given.

    *default* is the encoding of a request that names none. *known_models* are the models that the contract names. Parts
    that violate the schema are skipped.
    """
    data = response.get("data")
    items = [item for item in data if isinstance(item, dict)] if isinstance(data, ARRAY) else []
    if isinstance(data, ARRAY) and len(items) == len(data):
        if request is not None:
            yield from _count(data, request)
        yield from _indices(items)
        yield from _order(items)
    yield from _usage(response.get("usage"))
    yield from _model(response.get("model"), request or {}, known_models)
    embeddings = [(f"/data/{n}/embedding", item.get("embedding")) for n, item in enumerate(items)]
    if request is not None:
        yield from _encodings(embeddings, request.get(ENCODING, default))
    yield from _vectors(embeddings, request or {})


def count_inputs(value: object) -> int | None:
    """The number of texts in *value*, the ``input`` of a request; None if it has none of the contract's forms."""
    if isinstance(value, str):
        return 1
    if isinstance(value, ARRAY) and value:
        return len(value) if isinstance(value[0], (str, *ARRAY)) else 1
    return None


def _count(data: Sequence[object], request: Mapping[str, Any]) -> Iterator[Finding]:
    wanted = count_inputs(request.get("input"))
    if wanted is not None and len(data) != wanted:
        expected = f"{counted(wanted, 'embedding')}, one for each input"
        yield Finding("response.count", "/data", expected, counted(len(data), "embedding"))


def _indices(items: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    found: list[Any] = [item.get("index") for item in items]
    if not all(map(_is_integral, found)):
        return
    seen: set[object] = set()
    for place, index in enumerate(found):
        if not 0 <= index < len(items) or index in seen:
            expected = f"each index from 0 to {len(items) - 1} once" if len(items) > 1 else "index 0"
            twice = " twice" if index in seen else ""
            yield Finding(
                "response.index", f"/data/{place}/index", expected, f"index {describe(index)}{twice}"
            )
            return
        seen.add(index)


def _order(items: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Clients pair texts and vectors by position, so a permutation is unsafe even with the right indices."""
    found = [item.get("index") for item in items]
    if set(map(type, found)) == {int} and set(found) == set(range(len(items))):
        misplaced = next((place for place, index in enumerate(found) if place != index), None)
        if misplaced is not None:
            pointer = f"/data/{misplaced}/index"
            yield Finding("response.order", pointer, str(misplaced), str(found[misplaced]))


def _usage(usage: object) -> Iterator[Finding]:
    if not isinstance(usage, dict):
        return
    counts = {name: usage[name] for name in ("prompt_tokens", "total_tokens") if _is_count(usage.get(name))}
    for name, count in counts.items():
        if count < 0:
            expected = "a number of tokens, at least 0"
            yield Finding("response.usage.not-negative", f"/usage/{name}", expected, describe(count))
    if counts.get("prompt_tokens") == 0:
        yield Finding("response.usage.counted", "/usage/prompt_tokens", "at least 1 token", "0")
    if len(counts) == 2 and 0 <= counts["total_tokens"] < counts["prompt_tokens"]:
        expected = f"at least prompt_tokens, {describe(counts['prompt_tokens'])}"
        found = describe(counts["total_tokens"])
        yield Finding("response.usage.total", "/usage/total_tokens", expected, found)


def _encodings(embeddings: Sequence[tuple[str, object]], encoding: object) -> Iterator[Finding]:
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        return
    kinds, expected = ENCODINGS[encoding]
    for pointer, embedding in embeddings:
        if isinstance(embedding, (str, *ARRAY)) and not isinstance(embedding, kinds):
            yield Finding("response.encoding", pointer, f"{expected}, as requested", describe(embedding))
            return


def _vectors(embeddings: Sequence[tuple[str, object]], request: Mapping[str, Any]) -> Iterator[Finding]:
    lengths: dict[str, int] = {}
    for pointer, embedding in embeddings:
        vector: Any = decode_base64(embedding) if isinstance(embedding, str) else embedding
        if isinstance(vector, Base64Problem):
            yield Finding("response.base64", pointer, vector.expected, vector.found)
            continue
        if not hasattr(vector, "__len__") or isinstance(vector, dict) or _is_nested(vector):
            continue
        lengths[pointer] = len(vector)
        if len(vector) and _is_zero(vector):
            zeros = counted(len(vector), "zero")
            yield Finding("response.not-zero", pointer, "a number other than 0", zeros)
        place = vector.non_finite if isinstance(vector, LongArray) else first_non_finite(vector)
        if place is not None:
            number = pointer if isinstance(embedding, str) else f"{pointer}/{place}"
            found = f"{vector[place]} at position {place}"
            yield Finding("response.finite", number, "finite numbers", found)
    yield from _lengths(lengths, request.get("dimensions"))


def _is_zero(vector: Any) -> bool:
    if isinstance(vector, LongArray):
        return vector.is_zero and NOT_NUMBERS.isdisjoint(vector.types)
    return not any(vector) and NOT_NUMBERS.isdisjoint(map(type, vector))


def _is_nested(vector: Any) -> bool:
    if isinstance(vector, LongArray):
        return False
    return isinstance(vector, ARRAY) and not {list, tuple, dict}.isdisjoint(map(type, vector))


def _lengths(lengths: Mapping[str, int], dimensions: Any) -> Iterator[Finding]:
    """Compare the *lengths* of vectors, by pointer, with the requested *dimensions*, or with the most common length."""
    requested = _is_count(dimensions) and dimensions > 0
    requirement, reason = (
        ("response.dimensions", "as requested")
        if requested
        else ("response.length", "as most embeddings have")
    )
    most_common = Counter(filter(None, lengths.values())).most_common(1)
    right = dimensions if requested else next((length for length, _ in most_common), 0)
    for pointer, length in lengths.items():
        if not length:
            yield Finding("response.not-empty", pointer, "at least one number", "none")
        elif length != right:
            yield Finding(
                requirement, pointer, f"{counted(right, 'number')}, {reason}", counted(length, "number")
            )


def _is_integral(value: object) -> bool:
    return value.is_integer() if isinstance(value, float) else _is_count(value)


def _model(model: object, request: Mapping[str, Any], known_models: Sequence[str]) -> Iterator[Finding]:
    if model == "":
        yield Finding("response.model.named", "/model", "the name of a model", "an empty string")
    elif model in known_models and request.get("model") in known_models and model != request["model"]:
        expected = f"the requested model {request['model']}"
        yield Finding("response.model.same", "/model", expected, f"{model}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
