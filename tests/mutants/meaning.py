"""Mutants with wrong vectors that only a comparison of several responses reveals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from conformance.contract import Contract
from tests.faulty_servers.embeddings import (
    Vector,
    changes_vectors,
    count_tokens,
    count_words,
    decode,
    embeds,
    embeds_input,
    embeds_texts,
    input_of,
    inputs,
    is_array_of,
    is_text_batch,
    max_texts,
    normalized,
    reorders,
    with_input,
)
from tests.faulty_servers.faults import only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant


def meaning_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area meaning."""
    yield from _forms()
    yield from _batches(max_texts(contract) // 4)
    yield from _differences()
    yield from _truncation()
    yield from _determinism()
    yield from _norms()


def _forms() -> Iterator[Mutant]:
    single, tokens = "meaning.single-item", "meaning.tokens"
    yield Mutant("embeds the JSON of an array of one text", single, embeds_input(_bracketed))
    yield Mutant(
        "embeds an array of one text with other pooling",
        single,
        _for_input(
            lambda v: is_array_of(v, str) and len(v) == 1,
            changes_vectors(lambda vs, _: [normalized(abs(vs[0]))]),
        ),
    )
    yield Mutant("embeds arrays of tokens as other tokens", tokens, embeds_input(_shifted))
    yield Mutant(
        "ignores the first token of the first token array", tokens, embeds_input(_without_first_token)
    )
    yield Mutant("embeds the user together with the text", "meaning.user", embeds(_with_user))
    yield Mutant(
        "rotates vectors in requests with a user",
        "meaning.user",
        _for_payload(lambda p: "user" in p, changes_vectors(_rotated)),
    )


def _batches(many: int) -> Iterator[Mutant]:
    equal, mixed, large = (f"meaning.batch.{what}" for what in ("equal-lengths", "mixed-lengths", "large"))
    yield Mutant(
        "mixes the vectors of texts with equal lengths",
        equal,
        _for_input(_have_equal_lengths, changes_vectors(_mixed)),
    )
    yield Mutant(
        "returns the vectors of the first 16 texts for all parts of a batch", equal, reorders(_first_part(16))
    )
    yield Mutant(
        "embeds the padding of batches with very different lengths",
        mixed,
        _for_input(_have_uneven_lengths, embeds_input(_padded)),
    )
    yield Mutant("embeds the padding of batches", mixed, _for_input(is_text_batch, embeds_input(_padded)))
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
    yield Mutant("removes duplicates from batches", "meaning.duplicates", reorders(_without_duplicates))
    yield Mutant(
        "returns the previous vector for a duplicate",
        "meaning.duplicates",
        reorders(_previous_for_duplicates),
    )
    yield Mutant(
        "embeds the end of a long text in the short text after it in a batch",
        "meaning.after-long-text",
        embeds_input(_with_end_of_previous),
    )
    yield Mutant(
        "embeds the end of a long text in later short texts", "meaning.after-long-text", _LeaksLongText()
    )


def _differences() -> Iterator[Mutant]:
    texts, endings, beginnings = (f"meaning.different.{what}" for what in ("texts", "endings", "beginnings"))
    yield Mutant(
        "returns the same vector for all texts of five words",
        texts,
        embeds_texts(lambda t: "river" if count_words(t) == 5 else t),
    )
    yield Mutant("returns the same vector for all texts", texts, embeds_texts(lambda t: "river"))
    scripts = "meaning.different.scripts"
    yield Mutant("replaces non-ASCII characters by a question mark", scripts, embeds_texts(_to_ascii))
    yield Mutant(
        "ignores non-ASCII characters", scripts, embeds_texts(lambda t: _to_ascii(t).replace("?", "") or t)
    )
    yield Mutant("embeds only the first word", endings, embeds_texts(lambda t: _first(t, 1)))
    yield Mutant("embeds only the first 50 words", endings, embeds_texts(lambda t: _first(t, 50)))
    yield Mutant("embeds only the last word", beginnings, embeds_texts(lambda t: _last(t, 1)))
    yield Mutant("embeds only the last 30 words", beginnings, embeds_texts(lambda t: _last(t, 30)))


def _truncation() -> Iterator[Mutant]:
    for most in (100, 230, 290):
        yield Mutant(
            f"truncates texts after {most} words",
            "meaning.truncation",
            embeds_texts(partial(_first, count=most)),
        )


def _determinism() -> Iterator[Mutant]:
    repeated = "meaning.deterministic"
    yield Mutant(
        "returns another vector from the fourth request on",
        repeated,
        _WrongSometimes(lambda number: number <= 3),
    )
    late = _WrongSometimes(lambda number: number > 1)
    yield Mutant(
        "returns another vector for the first request",
        repeated,
        _for_input(lambda v: 6 <= count_words(v) <= 8, late),
    )
    yield Mutant(
        "returns another vector every third time", repeated, _WrongSometimes(lambda number: number % 3)
    )
    everywhere = ("meaning.*", "response.base64.equals-float")
    yield Mutant("returns a different vector each time", repeated, _Noisy(), also=everywhere)


def _norms() -> Iterator[Mutant]:
    length, prefix = "meaning.unit-length", "meaning.prefix"
    yield Mutant(
        "returns vectors of norm 3 without dimensions",
        length,
        _without_dimensions(changes_vectors(lambda vs, _: [3 * v for v in vs])),
    )
    yield Mutant(
        "returns larger norms for longer texts",
        length,
        changes_vectors(
            lambda vs, p: [
                v * (1 + count_tokens(i) / 99) for v, i in zip(vs, inputs(p["input"]), strict=True)
            ]
        ),
    )
    yield Mutant("truncates vectors without normalizing them", prefix, _shortened(lambda v, n: v[:n]))
    yield Mutant(
        "returns the last numbers for dimensions", prefix, _shortened(lambda v, n: normalized(v[-n:]))
    )
    yield Mutant(
        "returns every other number for dimensions",
        prefix,
        _shortened(lambda v, n: normalized(np.resize(v[::2], n))),
    )


def _for_payload(condition: Callable[[Payload], object], fault: Fault) -> Fault:
    return only_for(lambda payload: "input" in payload and condition(payload), fault)


def _for_input(condition: Callable[[Any], object], fault: Fault) -> Fault:
    return _for_payload(lambda payload: condition(payload["input"]), fault)


def _without_dimensions(fault: Fault) -> Fault:
    return only_for(lambda payload: "dimensions" not in payload, fault)


def _shortened(cut: Callable[[Vector, int], Vector]) -> Fault:
    """Shortens vectors with *cut*, from the full ones."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        payload = request.payload()
        if response.status != 200 or "dimensions" not in payload:
            return response
        wanted = payload.pop("dimensions")
        whole = await correct(request.with_payload(payload))
        if wanted > decode(whole.payload()["data"][0]["embedding"]).size:
            return response

        async def recall(_: Request) -> Response:
            return whole

        return await changes_vectors(lambda vectors, _: [cut(vector, wanted) for vector in vectors])(
            request, recall
        )

    return server


def _bracketed(value: Any) -> Any:
    return [f'["{value[0]}"]'] if is_array_of(value, str) and len(value) == 1 else value


def _shifted(value: Any) -> Any:
    """Other token ids, only for arrays that are not nested."""
    return [token + 1 for token in value] if is_array_of(value, int) else value


def _without_first_token(value: Any) -> Any:
    return [value[0][1:] or value[0], *value[1:]] if is_array_of(value, list) else value


def _with_user(payload: Payload) -> Payload:
    if "user" not in payload or not isinstance(payload["input"], str):
        return payload
    return with_input(payload, f"{payload['user']} {payload['input']}")


def _rotated(vectors: list[Vector], _: Payload) -> list[Vector]:
    return [np.roll(vector, 1) for vector in vectors]


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
        f"{text} {_last(before, 3)}" if count_words(before) > 120 and count_words(text) < 20 else text
        for before, text in zip(["", *value[:-1]], value, strict=True)
    ]


def _to_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _first(text: str, count: int) -> str:
    kept = text.split()[:count]
    return " ".join(kept) if len(kept) < len(text.split()) else text


def _last(text: str, count: int) -> str:
    kept = text.split()
    return text if len(kept) <= count else " ".join(kept[len(kept) - count :])


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
            self._end = _last(value, 3)
        if count_words(value) == 4 and self._end:
            return await embeds_texts(lambda text: f"{text} {self._end}")(request, correct)
        return await correct(request)


class _WrongSometimes:
    """Embeds another text if *right* is false for the number of times that the request was sent."""

    def __init__(self, right: Callable[[int], object]) -> None:
        self._right = right
        self._seen: Counter[bytes] = Counter()

    async def __call__(self, request: Request, correct: Server) -> Response:
        self._seen[request.body] += 1
        if self._right(self._seen[request.body]):
            return await correct(request)
        return await embeds_texts(lambda text: f"{text} again")(request, correct)


class _Noisy:
    """Adds different noise to the vectors of each response."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    async def __call__(self, request: Request, correct: Server) -> Response:
        return await changes_vectors(self._noisy)(request, correct)

    def _noisy(self, vectors: list[Vector], _: Payload) -> list[Vector]:
        return [normalized(v + self._random.normal(0, 0.5 / len(v) ** 0.5, len(v))) for v in vectors]
