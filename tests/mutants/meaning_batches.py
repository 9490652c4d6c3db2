"""Mutants with wrong vectors in batches, and after other requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from tests.faulty_servers.embeddings import (
    Vector,
    changes_vectors,
    count_tokens,
    count_words,
    embeds_input,
    embeds_texts,
    input_of,
    is_array_of,
    is_base64,
    is_text_batch,
    last_words,
    normalized,
    only_for_input,
    reorders,
)
from tests.faulty_servers.faults import Condition, changes_body, only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Server
from tests.mutants.mutant import Mutant

BUFFER = 16 * 1024


def batch_mutants(many: int) -> Iterator[Mutant]:
    """The mutants of batches; a batch of *many* texts is a large one."""
    equal, mixed, large = (f"meaning.batch.{what}" for what in ("equal-lengths", "mixed-lengths", "large"))
    yield Mutant(
        "mixes the vectors of texts with equal lengths",
        equal,
        only_for_input(_have_equal_lengths, changes_vectors(_mixed)),
    )
    yield Mutant(
        "returns the vectors of the first 16 texts for all parts of a batch", equal, reorders(_first_part(16))
    )
    yield Mutant(
        "embeds the padding of batches with very different lengths",
        mixed,
        only_for_input(_have_uneven_lengths, embeds_input(_padded)),
    )
    yield Mutant("embeds the padding of batches", mixed, only_for_input(is_text_batch, embeds_input(_padded)))
    yield Mutant("returns vectors sorted by the length of the text", mixed, reorders(_by_length))
    yield Mutant(
        "returns the vectors of the first part for all parts of a large batch",
        large,
        reorders(_first_part(many)),
    )
    yield Mutant(
        "returns the parts of large batches in another order", large, reorders(_last_part_first(many))
    )
    yield Mutant("caches batches regardless of their order", "meaning.permutation", _OrderIndependentCache())
    yield Mutant(
        "decodes each 16 KiB of a body alone", "meaning.characters", changes_body(len, _decoded_in_parts)
    )
    yield Mutant("leaves blank texts out of batches", "meaning.batch.blank", reorders(_without_blank))
    yield Mutant("removes duplicates from batches", "meaning.duplicates", reorders(_without_duplicates))
    yield Mutant(
        "returns the previous vector for a duplicate",
        "meaning.duplicates",
        reorders(_previous_for_duplicates),
    )
    kinds: Mapping[str, Condition] = {
        "in base64": is_base64,
        "with dimensions": lambda payload: "dimensions" in payload,
        "in a batch of token arrays": lambda payload: is_array_of(payload["input"], list),
        "in a batch of more than 20": lambda payload: len(payload["input"]) > 20,
    }
    for kind, condition in kinds.items():
        yield Mutant(
            f"returns the previous vector for a duplicate {kind}",
            "meaning.duplicates",
            only_for(partial(_is_batch, condition=condition), reorders(_previous_for_duplicates)),
        )
    reversed_vectors = changes_vectors(lambda vectors, _: [vector[::-1] for vector in vectors])
    yield Mutant(
        "returns other vectors for batches of ten texts",
        "meaning.batch.sizes",
        only_for(partial(_is_batch, condition=lambda payload: len(payload["input"]) == 10), reversed_vectors),
    )
    yield Mutant(
        "embeds the end of a long text in the short text after it in a batch",
        "meaning.after-long-text",
        embeds_input(_with_end_of_previous),
    )
    yield Mutant(
        "embeds the end of a long text in later short texts",
        "meaning.after-long-text",
        _LeaksLongText(),
    )


def _decoded_in_parts(body: bytes) -> bytes:
    parts = (body[start : start + BUFFER] for start in range(0, len(body), BUFFER))
    return (
        b"".join(part.decode("utf-8", "replace").encode() for part in parts) if len(body) > BUFFER else body
    )


def _without_blank(texts: list[Any], _: Payload) -> list[int]:
    """The places of the texts that are not blank; the last one again for those that are."""
    kept = [place for place, text in enumerate(texts) if not isinstance(text, str) or text.strip()]
    return kept + [kept[-1] if kept else 0] * (len(texts) - len(kept))


def _have_equal_lengths(value: Any) -> bool:
    return is_text_batch(value) and len({count_tokens(text) for text in value}) == 1


def _have_uneven_lengths(value: Any) -> bool:
    """Whether a batch has three or more texts, one of them more than ten times as long as another."""
    return (
        is_text_batch(value)
        and len(value) > 2
        and max(map(count_tokens, value)) > 10 * min(map(count_tokens, value))
    )


def _mixed(vectors: list[Vector], _: Payload) -> list[Vector]:
    middle = sum(vectors, 0 * vectors[0]) / len(vectors)
    return [normalized(vector + middle) for vector in vectors]


def _padded(value: list[str]) -> list[str]:
    longest = max(map(count_tokens, value))
    return [
        text if count_tokens(text) == longest else f"{text} {'padding ' * (longest % 7 + 1)}"
        for text in value
    ]


def _first_part(many: int) -> Callable[[list[Any], Payload], list[int]]:
    return lambda values, _: [place % many for place in range(len(values))]


def _last_part_first(many: int) -> Callable[[list[Any], Payload], list[int]]:
    return lambda values, _: [*range(many, len(values)), *range(min(many, len(values)))]


def _by_length(values: list[Any], _: Payload) -> list[int]:
    return sorted(range(len(values)), key=lambda place: count_tokens(values[place]))


def _is_batch(payload: Payload, condition: Condition) -> object:
    """Whether *payload* has several inputs and meets *condition*."""
    value = payload.get("input")
    return isinstance(value, list) and not is_array_of(value, int) and len(value) > 1 and condition(payload)


def _without_duplicates(values: list[Any], _: Payload) -> list[int]:
    different = [place for place, value in enumerate(values) if values.index(value) == place]
    return different + [different[-1]] * (len(values) - len(different))


def _previous_for_duplicates(values: list[Any], _: Payload) -> list[int]:
    return [place if values.index(value) == place else place - 1 for place, value in enumerate(values)]


def _with_end_of_previous(value: Any) -> Any:
    """Adds the end of a very long text to a short text after it in a batch."""
    if not is_text_batch(value):
        return value
    return [
        f"{text} {last_words(before, 3)}" if count_words(before) > 120 and count_words(text) < 20 else text
        for before, text in zip(["", *value[:-1]], value, strict=True)
    ]


class _OrderIndependentCache:
    """Caches batches by their texts, regardless of the order."""

    def __init__(self) -> None:
        self._known: dict[str, Response] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        response = await correct(request)
        payload = request.payload()
        if response.status != 200 or not is_text_batch(payload["input"]):
            return response
        key = repr({**payload, "input": sorted(payload["input"])})
        return self._known.setdefault(key, response)


class _LeaksLongText:
    """Adds the end of the last text of more than 100 words to each text of four words."""

    def __init__(self) -> None:
        self._end = ""

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.payload())
        if count_words(value) > 100:
            self._end = last_words(value, 3)
        if count_words(value) == 4 and self._end:
            return await embeds_texts(lambda text: f"{text} {self._end}")(request, correct)
        return await correct(request)
