"""Mutants with wrong vectors that only a comparison of several responses reveals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
    inputs,
    is_array_of,
    last_words,
    max_texts,
    normalized,
    only_for_input,
    with_input,
)
from tests.faulty_servers.faults import Condition, only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.meaning_batches import batch_mutants
from tests.mutants.mutant import Mutant


def meaning_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area meaning."""
    yield from _forms()
    yield from batch_mutants(max_texts(contract) // 4)
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
        only_for_input(
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
    yield Mutant("embeds only the last word", beginnings, embeds_texts(lambda t: last_words(t, 1)))
    yield Mutant("embeds only the last 30 words", beginnings, embeds_texts(lambda t: last_words(t, 30)))


def _truncation() -> Iterator[Mutant]:
    for most in (100, 230, 290):
        yield Mutant(
            f"truncates texts after {most} words",
            "meaning.truncation",
            embeds_texts(partial(_first, count=most)),
        )


def _determinism() -> Iterator[Mutant]:
    repeated, throughout = "meaning.deterministic", "state.same-text"
    yield Mutant(
        "returns another vector from the fourth request on",
        throughout,
        _WrongSometimes(lambda number: number <= 3),
    )
    late = _WrongSometimes(lambda number: number > 1)
    yield Mutant(
        "returns another vector for the first request",
        repeated,
        only_for_input(lambda v: 6 <= count_words(v) <= 8, late),
    )
    yield Mutant(
        "returns another vector every third time", repeated, _WrongSometimes(lambda number: number % 3)
    )
    yield Mutant("returns a different vector each time", throughout, _Noisy())


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

    yield Mutant(
        "returns another model's vectors of 256 numbers",
        "meaning.requested-lengths",
        only_for(lambda p: p.get("dimensions") == 256, changes_vectors(lambda vs, _: [v[::-1] for v in vs])),
    )
    scales: Mapping[str, Condition] = {
        "odd requested lengths": lambda p: p["dimensions"] % 2,
        "requested lengths above 256": lambda p: p["dimensions"] > 256,
        "requested lengths of token arrays": lambda p: (
            is_array_of(p["input"], int) or is_array_of(p["input"], list)
        ),
    }
    for what, has_other in scales.items():
        yield Mutant(
            f"returns vectors of another norm for {what}",
            "meaning.requested-lengths",
            only_for(partial(_is_sized, condition=has_other), changes_vectors(_scaled)),
        )


def _is_sized(payload: Payload, condition: Condition) -> object:
    """Whether *payload* has dimensions and meets *condition*."""
    return "input" in payload and type(payload.get("dimensions")) is int and condition(payload)


def _scaled(vectors: list[Vector], _: Payload) -> list[Vector]:
    return [1.3 * vector for vector in vectors]


def _for_payload(condition: Callable[[Payload], object], fault: Fault) -> Fault:
    return only_for(lambda payload: "input" in payload and condition(payload), fault)


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


def _to_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _first(text: str, count: int) -> str:
    kept = text.split()[:count]
    return " ".join(kept) if len(kept) < len(text.split()) else text


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
