"""Rules that no schema can state: the relations of a response to its request, and of its parts to each other.

Each rule looks only at its own subject, so one defect is one violation: a missing item breaks the count, and not the
indices, which are compared with the items that are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from conformance.contract.openapi.json_pointer import join_pointer
from conformance.contract.roles import Roles, usual_roles, value_at, values_at

from .base64_vectors import Base64Problem, decode_base64, first_non_finite
from .long_array import LongArray
from .nonzero import nonzero_lengths
from .violation import counted, describe_value

_pointer = lru_cache(maxsize=256)(join_pointer)


class Finding(NamedTuple):
    """A rule that a response breaks; ``requirement`` is an id, ``pointer`` a JSON pointer into the response."""

    requirement: str
    pointer: str
    expected: str
    found: str


ARRAY = (list, tuple)
NOT_NUMBERS = frozenset({bool, str, type(None)})

ENCODINGS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "float": (ARRAY, "an array of numbers"),
    "base64": ((str,), "a base64 string"),
}

DEPENDS_ON_REQUEST = frozenset(
    {"response.count", "response.dimensions", "response.encoding", "response.model.same"}
)
"""The requirements that compare a response with its request: without the request, no finding is about them."""


def semantic_findings(
    response: object,
    request: Mapping[str, Any] | None,
    default: str | None,
    known_models: Sequence[str] = (),
    roles: Roles | None = None,
    lengths_of: Callable[[Sequence[Any]], list[int | None]] = nonzero_lengths,
) -> Iterator[Finding]:
    """All rules that *response* breaks, including those that compare it with *request* if that is given.

    *default* is the encoding of a request that names none. *known_models* are the models that the contract names.
    *roles* are the names of the properties, by default the usual ones. *lengths_of* gives the length of each vector
    that certainly has only finite numbers, at least one of which is not 0. Parts that violate the schema are skipped.
    """
    roles = roles or usual_roles()
    path = roles.path_of(response)
    data = None if path is None else value_at(response, path)
    place, inside = _pointer(path or ()), _pointer(roles.vector or ())
    kind = dict if roles.vector else (str, *ARRAY)
    items = data or ()
    if {*map(type, items)} != {kind}:
        items = [item for item in items if isinstance(item, kind)]
    if data is not None and len(items) == len(data):
        if request is not None:
            yield from _count(place, data, roles.texts_of(request))
        if roles.index is not None:
            values = values_at(items, roles.index)
            if values != [*range(len(items))] or bool in {*map(type, values)}:
                indices = Indices(place, _pointer(roles.index), values)
                yield from _indices(indices)
                yield from _order(indices)
    yield from _usage(response, roles, None if request is None else roles.texts_of(request))
    yield from _model(response, roles, request, known_models)
    if roles.has_one_vector:
        embeddings = Embeddings("", inside, [roles.vector_of(response)], has_list=False)
    else:
        embeddings = Embeddings(place, inside, roles.vectors_of(items))
    if request is not None:
        yield from _encodings(embeddings, roles.encoding_of(request, default))
    lengths = yield from _vectors(embeddings, lengths_of(embeddings.values))
    yield from _lengths(embeddings, lengths, roles.dimensions_of(request))


class Embeddings(NamedTuple):
    """The ``values`` at ``inside`` of the items of a list at the pointer ``place``, or the one of a response."""

    place: str
    inside: str
    values: Sequence[Any]
    has_list: bool = True

    def pointer(self, number: int) -> str:
        """The pointer of one of them."""
        return f"{self.place}/{number}{self.inside}" if self.has_list else self.inside


def count_inputs(value: object) -> int | None:
    """The number of texts in *value*, the texts of a request; None if it has none of the usual forms."""
    if isinstance(value, str):
        return 1
    if isinstance(value, ARRAY) and value:
        if isinstance(value[0], dict):
            return None
        return len(value) if isinstance(value[0], (str, *ARRAY)) else 1
    return None


def _count(place: str, data: Sequence[object], texts: object) -> Iterator[Finding]:
    wanted = count_inputs(texts)
    if wanted is not None and len(data) != wanted:
        expected = f"{counted(wanted, 'embedding')}, one for each input"
        yield Finding("response.count", place, expected, counted(len(data), "embedding"))


class Indices(NamedTuple):
    """The ``values`` of the indices of a list at the pointer ``place``; ``inside`` is that of the index in an item."""

    place: str
    inside: str
    values: Sequence[Any]

    def pointer(self, number: int) -> str:
        """The pointer of one of the indices."""
        return f"{self.place}/{number}{self.inside}"


def _indices(indices: Indices) -> Iterator[Finding]:
    found = indices.values
    if not all(map(_is_integral, found)):
        return
    seen: set[object] = set()
    for place, index in enumerate(found):
        if not 0 <= index < len(found) or index in seen:
            expected = f"each index from 0 to {len(found) - 1} once" if len(found) > 1 else "index 0"
            twice = " twice" if index in seen else ""
            yield Finding(
                "response.index", indices.pointer(place), expected, f"index {describe_value(index)}{twice}"
            )
            return
        seen.add(index)


def _order(indices: Indices) -> Iterator[Finding]:
    """Clients pair texts and vectors by position, so a permutation is unsafe even with the right indices."""
    found = indices.values
    if set(map(type, found)) == {int} and set(found) == set(range(len(found))):
        misplaced = next((place for place, index in enumerate(found) if place != index), None)
        if misplaced is not None:
            pointer = indices.pointer(misplaced)
            yield Finding("response.order", pointer, str(misplaced), str(found[misplaced]))


def _usage(response: object, roles: Roles, texts: object) -> Iterator[Finding]:
    prompt, total = _count_at(response, roles.prompt_tokens), _count_at(response, roles.total_tokens)
    for path, number in ((roles.prompt_tokens, prompt), (roles.total_tokens, total)):
        if number is not None and number < 0:
            expected = "a number of tokens, at least 0"
            yield Finding(
                "response.usage.not-negative", _pointer(path or ()), expected, describe_value(number)
            )
    if prompt is not None and 0 <= prompt < (least := _least_tokens(texts, prompt)):
        why = ", one for each text with a letter or a digit" if least > 1 else ""
        expected = f"at least {counted(least, 'token')}{why}"
        yield Finding(
            "response.usage.counted", _pointer(roles.prompt_tokens or ()), expected, describe_value(prompt)
        )
    if prompt is not None and total is not None and 0 <= total < prompt:
        name = _pointer(roles.prompt_tokens or ()).rpartition("/")[2]
        expected = f"at least {name}, {describe_value(prompt)}"
        yield Finding(
            "response.usage.total", _pointer(roles.total_tokens or ()), expected, describe_value(total)
        )


def _least_tokens(texts: object, found: int) -> int:
    """The tokens that *texts* have at least. Those without letters and digits may have none, beside other texts.

    So may arrays of tokens: some servers decode them first, and their ids can stand for white space.
    """
    if not isinstance(texts, ARRAY) or found >= len(texts):
        return 1
    return max(1, sum(isinstance(text, str) and _has_words(text) for text in texts))


def _has_words(text: str) -> bool:
    return any(character.isascii() and character.isalnum() for character in text)


def _count_at(response: object, path: tuple[str, ...] | None) -> int | None:
    """The number of tokens at *path*; None if there is none, or no integer."""
    found = None if path is None else value_at(response, path)
    return found if _is_count(found) else None


def _encodings(embeddings: Embeddings, encoding: object) -> Iterator[Finding]:
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        return
    kinds, expected = ENCODINGS[encoding]
    if {*map(type, embeddings.values)} <= {*kinds}:
        return
    for number, embedding in enumerate(embeddings.values):
        if not isinstance(embedding, kinds) and isinstance(embedding, (str, *ARRAY)):
            found = describe_value(embedding)
            yield Finding("response.encoding", embeddings.pointer(number), f"{expected}, as requested", found)
            return


def _vectors(embeddings: Embeddings, lengths: list[int | None]) -> Generator[Finding, None, list[int | None]]:
    """Find what is wrong with the vectors whose length is not known. Returns all lengths; None if there is none."""
    if None in lengths:
        for number, (embedding, length) in enumerate(zip(embeddings.values, lengths, strict=True)):
            if length is None:
                lengths[number] = yield from _vector(embedding, embeddings.pointer(number))
    return lengths


def _vector(embedding: object, pointer: str) -> Generator[Finding, None, int | None]:
    """Find what is wrong with one *embedding*. Returns its length; None if it is not a vector."""
    vector: Any = decode_base64(embedding) if isinstance(embedding, str) else embedding
    if isinstance(vector, Base64Problem):
        yield Finding("response.base64", pointer, vector.expected, vector.found)
        return None
    if not hasattr(vector, "__len__") or isinstance(vector, dict) or _is_nested(vector):
        return None
    if len(vector) and _is_zero(vector):
        zeros = counted(len(vector), "zero")
        yield Finding("response.not-zero", pointer, "a number other than 0", zeros)
    place = vector.non_finite if isinstance(vector, LongArray) else first_non_finite(vector)
    if place is not None:
        number = pointer if isinstance(embedding, str) else f"{pointer}/{place}"
        found = f"{vector[place]} at position {place}"
        yield Finding("response.finite", number, "finite numbers", found)
    return len(vector)


def _is_zero(vector: Any) -> bool:
    if isinstance(vector, LongArray):
        return vector.is_zero and NOT_NUMBERS.isdisjoint(vector.types)
    return not any(vector) and NOT_NUMBERS.isdisjoint(map(type, vector))


def _is_nested(vector: Any) -> bool:
    if isinstance(vector, LongArray):
        return False
    return isinstance(vector, ARRAY) and not {list, tuple, dict, LongArray}.isdisjoint(map(type, vector))


def _lengths(embeddings: Embeddings, lengths: Sequence[int | None], dimensions: Any) -> Iterator[Finding]:
    """Compare the *lengths* of vectors with the requested *dimensions*, or with the most common length."""
    requested = _is_count(dimensions) and dimensions > 0
    requirement, reason = (
        ("response.dimensions", "as requested")
        if requested
        else ("response.length", "as most embeddings have")
    )
    if lengths and {*lengths} == {dimensions if requested else lengths[0] or None}:
        return
    most_common = Counter(filter(None, lengths)).most_common(1)
    right = dimensions if requested else next((length for length, _ in most_common), 0)
    for number, length in enumerate(lengths):
        if length is None or length == right != 0:
            continue
        pointer = embeddings.pointer(number)
        if not length:
            yield Finding("response.not-empty", pointer, "at least one number", "none")
        else:
            yield Finding(
                requirement, pointer, f"{counted(right, 'number')}, {reason}", counted(length, "number")
            )


def _is_integral(value: object) -> bool:
    return value.is_integer() if isinstance(value, float) else _is_count(value)


def _model(
    response: object, roles: Roles, request: Mapping[str, Any] | None, known_models: Sequence[str]
) -> Iterator[Finding]:
    if roles.response_model is None:
        return
    pointer, model = _pointer(roles.response_model), value_at(response, roles.response_model)
    requested = roles.model_of(request)
    if model == "":
        yield Finding("response.model.named", pointer, "the name of a model", "an empty string")
    elif model in known_models and requested in known_models and model != requested:
        yield Finding("response.model.same", pointer, f"the requested model {requested}", f"{model}")


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
