"""Mutants with state: requests affect later requests, or concurrent ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from conformance.contract import Contract
from tests.faulty_servers.embeddings import (
    changes_vectors,
    count_words,
    embeds,
    embeds_input,
    embeds_texts,
    input_of,
    is_array_of,
    is_text_batch,
    normalized,
    with_input,
)
from tests.faulty_servers.faults import crashes_on_invalid
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server
from tests.mutants.mutant import Mutant


def state_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area state, and those of area meaning that have a cache."""
    yield from _keys(contract)
    yield from _batches()
    yield from _concurrency()
    yield from _rejections()
    yield from _vocabulary()


def _keys(contract: Contract) -> Iterator[Mutant]:
    """Caches of texts of more than four words, with incomplete keys."""
    encodings, dimensions, models = (f"state.cache.{what}" for what in ("encodings", "dimensions", "models"))
    other = next(name for name in contract.known_models if name != contract.example_model)
    yield Mutant("caches texts without the encoding in the key", encodings, _Cache("encoding_format"))
    yield Mutant(
        "caches all texts without the encoding in the key", encodings, _Cache("encoding_format", least=1)
    )
    yield Mutant(
        "returns reversed vectors for a cached text in another encoding", encodings, _ReversingCache()
    )
    yield Mutant("caches texts without the dimensions in the key", dimensions, _Cache("dimensions"))
    yield Mutant(
        "caches all texts without the dimensions in the key", dimensions, _Cache("dimensions", least=1)
    )
    yield Mutant("returns the first requested length of a cached text", dimensions, _FirstLength())
    yield Mutant("caches texts without the model in the key", models, _Cache("model"))
    yield Mutant("keeps another model after a request for it", models, _KeepsModel(other))
    yield Mutant(
        "caches texts with only the text in the key",
        dimensions,
        _Cache("model", "encoding_format", "dimensions"),
    )


def _batches() -> Iterator[Mutant]:
    """Caches of texts of six words, used for parts of a batch."""
    requirement = "meaning.partly-cached"
    yield Mutant("returns the vectors of cached texts first", requirement, _CachedFirst())
    yield Mutant("caches the new texts of a batch under wrong keys", requirement, _WrongKeys())


def _concurrency() -> Iterator[Mutant]:
    concurrent = "state.concurrent"
    yield Mutant("confuses concurrent requests for cached long texts", concurrent, _ConfusesTexts())
    yield Mutant("returns different vectors for equal concurrent requests", concurrent, _IncompleteForEqual())
    yield Mutant("confuses concurrent batches", concurrent, _ConfusesBatches())
    yield Mutant("keeps the input in a global variable", concurrent, _GlobalInput())


def _rejections() -> Iterator[Mutant]:
    requirement = "state.after-rejection"
    yield Mutant(
        "returns other vectors after rejected requests",
        requirement,
        _ChangesAfterRejection(lambda request: True),
    )
    yield Mutant(
        "returns other vectors after a truncated body",
        requirement,
        _ChangesAfterRejection(lambda request: not request.body.endswith(b"}")),
    )


def _vocabulary() -> Iterator[Mutant]:
    vocabulary = "state.out-of-vocabulary"
    kinds: dict[str, Callable[[int], bool]] = {
        "negative tokens": lambda n: n < 0,
        "32-bit tokens": lambda n: 2**31 - 1 <= n < 2**32,
        "64-bit tokens": lambda n: 2**63 <= n < 2**70,
    }
    for what, is_bad in kinds.items():
        yield Mutant(f"crashes on {what}", vocabulary, crashes_on_invalid(partial(_has_token, is_bad=is_bad)))
    yield Mutant(
        "crashes on 64-bit tokens in a batch",
        vocabulary,
        crashes_on_invalid(lambda r: _has_token(r, lambda n: 2**63 <= n < 2**70) and b"[[" in r.body),
    )


def _has_token(request: Request, is_bad: Callable[[int], bool]) -> bool:
    payload = request.payload()
    value = payload.get("input") if isinstance(payload, dict) else None
    return isinstance(value, list) and any(_is_bad(item, is_bad) for item in value)


def _is_bad(item: Any, is_bad: Callable[[int], bool]) -> bool:
    if isinstance(item, list):
        return any(_is_bad(token, is_bad) for token in item)
    return type(item) is int and is_bad(item)


class _Cache:
    """Caches the embeddings of texts of *least* words or more; its key ignores some properties."""

    def __init__(self, *ignored: str, least: int = 5) -> None:
        self._ignored, self._least = ignored, least
        self._known: dict[str, Any] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        response = await correct(request)
        payload = request.payload()
        if response.status != 200 or count_words(payload["input"]) < self._least:
            return response
        key = repr(sorted((name, value) for name, value in payload.items() if name not in self._ignored))
        found = response.payload()
        return response.with_payload({**found, "data": self._known.setdefault(key, found["data"])})


class _ReversingCache:
    """Returns reversed vectors for a text of more than four words that is cached in the other encoding."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        payload = request.payload()
        value = input_of(payload)
        if count_words(value) < 5 or "dimensions" in payload:
            return await correct(request)
        encoding = payload.get("encoding_format", "float")
        if self._known.setdefault(value, encoding) == encoding:
            return await correct(request)
        return await changes_vectors(lambda vectors, _: [vector[::-1] for vector in vectors])(
            request, correct
        )


class _FirstLength:
    """Returns vectors of the first requested length for all later requests with dimensions and the same text."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        payload = request.payload()
        value = input_of(payload)
        if count_words(value) < 5 or type(payload.get("dimensions")) is not int:
            return await correct(request)
        first = self._first.setdefault(value, payload["dimensions"])
        return await correct(request.with_payload({**payload, "dimensions": first}))


class _KeepsModel:
    """Returns vectors of the model *other* for a text of 21 words, after it was requested from that model."""

    def __init__(self, other: str) -> None:
        self._other = other
        self._with_other: set[str] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        payload = request.payload()
        value = input_of(payload)
        if count_words(value) != 21:
            return await correct(request)
        if payload.get("model") == self._other:
            self._with_other.add(value)
        if value in self._with_other:
            return await embeds(lambda p: {**p, "model": self._other})(request, correct)
        return await correct(request)


class _CachedFirst:
    """Returns the vectors of cached texts before those of the new texts of a batch."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.payload())
        texts = value if is_array_of(value, str) else [value]
        if any(count_words(text) != 6 for text in texts):
            return await correct(request)
        known = frozenset(self._known)
        self._known |= set(texts)
        if texts is not value:
            return await correct(request)
        return await embeds_input(lambda texts: sorted(texts, key=lambda text: text not in known))(
            request, correct
        )


class _WrongKeys:
    """Caches the new texts of a batch under each other's keys."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.payload())
        if count_words(value) == 6:
            return await embeds_texts(lambda text: self._known.setdefault(text, text))(request, correct)
        if is_array_of(value, str) and all(count_words(text) == 6 for text in value):
            new = [text for text in value if text not in self._known]
            self._known.update(zip(new, [*new[1:], *new[:1]], strict=True))
        return await correct(request)


class _ConfusesTexts:
    """Returns the vector of another long text while several that were sent before are in flight."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._in_flight: list[str] = []

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.payload())
        if count_words(value) < 40 or value not in self._seen:
            self._seen.add(str(value))
            return await correct(request)
        self._in_flight.append(value)
        try:
            await asyncio.sleep(0.005)
            other = next((text for text in self._in_flight if text != value), value)
            return await embeds_texts(lambda _: other)(request, correct)
        finally:
            self._in_flight.remove(value)


class _IncompleteForEqual:
    """Returns an incomplete vector for the second of two equal concurrent requests."""

    def __init__(self) -> None:
        self._in_flight: set[bytes] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        if request.body in self._in_flight:
            return await changes_vectors(lambda vectors, _: [normalized(v * (v > 0)) for v in vectors])(
                request, correct
            )
        self._in_flight.add(request.body)
        try:
            await asyncio.sleep(0.002)
            return await correct(request)
        finally:
            self._in_flight.discard(request.body)


class _ConfusesBatches:
    """Returns the vectors of the last batch for all batches that were sent before and are in flight."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._in_flight: list[Request] = []

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = input_of(request.payload())
        if not is_text_batch(value) or request.body not in self._seen:
            self._seen.add(request.body)
            return await correct(request)
        self._in_flight.append(request)
        try:
            await asyncio.sleep(0.005)
            last = input_of(self._in_flight[-1].payload())
            fits = len(last) == len(value)
            return await embeds_input(lambda texts: last if fits else texts)(request, correct)
        finally:
            self._in_flight.remove(request)


class _GlobalInput:
    """Embeds the text of the last request instead of the own one."""

    def __init__(self) -> None:
        self._last: dict[type, Any] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        response = await correct(request)
        payload = request.payload()
        if response.status != 200 or not isinstance(payload["input"], str) or "encoding_format" in payload:
            return response
        self._last[str] = payload["input"]
        await asyncio.sleep(0.001)
        return await embeds(lambda p: with_input(p, self._last[str]))(request, correct)


class _ChangesAfterRejection:
    """Embeds another text for a text of six to eight words that was sent before a rejected request."""

    def __init__(self, when: Callable[[Request], bool]) -> None:
        self._when, self._rejections = when, 0
        self._seen: dict[bytes, int] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        response = await correct(request)
        if response.status == 400 and self._when(request):
            self._rejections += 1
        if response.status != 200 or not 6 <= count_words(input_of(request.payload())) <= 8:
            return response
        if self._seen.setdefault(request.body, self._rejections) == self._rejections:
            return response
        return await embeds_texts(lambda text: f"{text} again")(request, correct)
