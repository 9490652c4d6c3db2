"""Mutants with a memory: what one request leaves behind for others, and what many do to each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from conformance.contract import Contract
from tests.mutants.asgi import Call, Reply, Serve
from tests.mutants.embedding import (
    embeds,
    embeds_input,
    embeds_texts,
    input_of,
    is_batch,
    is_list_of,
    revector,
    unit,
    with_input,
    words,
)
from tests.mutants.mutant import Mutant, crashes


def cache_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area state, and those of caches that stand in the way of meaning."""
    yield from _keys(contract)
    yield from _batches()
    yield from _load()
    yield from _refusals()
    yield from _vocabulary()


def _keys(contract: Contract) -> Iterator[Mutant]:
    """Caches of texts of more than four words whose keys lack something."""
    encodings, dimensions, models = (f"state.cache.{what}" for what in ("encodings", "dimensions", "models"))
    other = next(name for name in contract.known_models if name != contract.example_model)
    yield Mutant("caches texts whatever the encoding", encodings, _Cache("encoding_format"))
    yield Mutant("caches every text whatever the encoding", encodings, _Cache("encoding_format", least=1))
    yield Mutant("packs what it finds in its cache at once more", encodings, _TurnedCache())
    yield Mutant("caches texts whatever the dimensions", dimensions, _Cache("dimensions"))
    yield Mutant("caches every text whatever the dimensions", dimensions, _Cache("dimensions", least=1))
    yield Mutant("keeps the first length that it was asked for", dimensions, _FirstLength())
    yield Mutant("caches texts whatever the model", models, _Cache("model"))
    yield Mutant("switches to the model that it was asked for last", models, _Switched(other))
    yield Mutant(
        "caches texts by themselves alone",
        dimensions,
        _Cache("model", "encoding_format", "dimensions"),
    )


def _batches() -> Iterator[Mutant]:
    """Caches of texts of six words that serve a part of a batch."""
    requirement = "meaning.partly-cached"
    yield Mutant("gives the texts of a batch that it knows first", requirement, _KnownFirst())
    yield Mutant("puts new texts into its cache in the wrong places", requirement, _Misplaced())


def _load() -> Iterator[Mutant]:
    concurrent = "state.concurrent"
    yield Mutant("mixes long texts up that it finds in its cache at once", concurrent, _Crossed())
    yield Mutant("gives equal requests at once different vectors", concurrent, _Coalesced())
    yield Mutant("mixes batches up that are under way at once", concurrent, _MixedBatches())
    everywhere = ("meaning.*", "state.*")
    yield Mutant("keeps the input of a request for all to see", concurrent, _Global(), also=everywhere)


def _refusals() -> Iterator[Mutant]:
    requirement = "state.after-rejection"
    yield Mutant("embeds in another way after refusals", requirement, _Harmed(lambda call: True))
    yield Mutant(
        "is harmed by a body cut off", requirement, _Harmed(lambda call: not call.body.endswith(b"}"))
    )


def _vocabulary() -> Iterator[Mutant]:
    vocabulary = "state.out-of-vocabulary"
    kinds: dict[str, Callable[[int], bool]] = {
        "tokens below zero": lambda n: n < 0,
        "tokens of 32 bits": lambda n: 2**31 - 1 <= n < 2**32,
        "tokens of 64 bits": lambda n: 2**63 <= n < 2**70,
    }
    for what, is_bad in kinds.items():
        yield Mutant(f"crashes on {what}", vocabulary, crashes(partial(_has_token, is_bad=is_bad)))
    yield Mutant(
        "crashes on tokens of 64 bits in a batch",
        vocabulary,
        crashes(lambda c: _has_token(c, lambda n: 2**63 <= n < 2**70) and b"[[" in c.body),
    )


def _has_token(call: Call, is_bad: Callable[[int], bool]) -> bool:
    payload = call.payload()
    value = payload.get("input") if isinstance(payload, dict) else None
    return isinstance(value, list) and any(_is_bad(item, is_bad) for item in value)


def _is_bad(item: Any, is_bad: Callable[[int], bool]) -> bool:
    if isinstance(item, list):
        return any(_is_bad(token, is_bad) for token in item)
    return type(item) is int and is_bad(item)


class _Cache:
    """Keeps the embeddings of texts of *least* words or more; its key leaves some properties out."""

    def __init__(self, *ignored: str, least: int = 5) -> None:
        self._ignored, self._least = ignored, least
        self._known: dict[str, Any] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        payload = call.payload()
        if answer.status != 200 or words(payload["input"]) < self._least:
            return answer
        key = repr(sorted((name, value) for name, value in payload.items() if name not in self._ignored))
        found = answer.payload()
        return answer.with_payload({**found, "data": self._known.setdefault(key, found["data"])})


class _TurnedCache:
    """A text of more than four words that it knows in one encoding it gives in the other with its numbers turned."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        value = input_of(payload)
        if words(value) < 5 or "dimensions" in payload:
            return await correct(call)
        encoding = payload.get("encoding_format", "float")
        if self._known.setdefault(value, encoding) == encoding:
            return await correct(call)
        return await revector(lambda vectors, _: [vector[::-1] for vector in vectors])(call, correct)


class _FirstLength:
    """The second length that is asked for a text, of those with dimensions, is the first one."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        value = input_of(payload)
        if words(value) < 5 or type(payload.get("dimensions")) is not int:
            return await correct(call)
        first = self._first.setdefault(value, payload["dimensions"])
        return await correct(call.with_payload({**payload, "dimensions": first}))


class _Switched:
    """After a request for the model *other*, a text of 21 words gets its vector whatever the model."""

    def __init__(self, other: str) -> None:
        self._other = other
        self._switched: set[str] = set()

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        value = input_of(payload)
        if words(value) != 21:
            return await correct(call)
        if payload.get("model") == self._other:
            self._switched.add(value)
        if value in self._switched:
            return await embeds(lambda p: {**p, "model": self._other})(call, correct)
        return await correct(call)


class _KnownFirst:
    """A batch has the vectors of the texts that it knows before those that are new to it."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        value = input_of(call.payload())
        texts = value if is_list_of(value, str) else [value]
        if any(words(text) != 6 for text in texts):
            return await correct(call)
        known = frozenset(self._known)
        self._known |= set(texts)
        if texts is not value:
            return await correct(call)
        return await embeds_input(lambda texts: sorted(texts, key=lambda text: text not in known))(
            call, correct
        )


class _Misplaced:
    """The texts of a batch that it did not know it knows from then on by each other's names."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        value = input_of(call.payload())
        if words(value) == 6:
            return await embeds_texts(lambda text: self._known.setdefault(text, text))(call, correct)
        if is_list_of(value, str) and all(words(text) == 6 for text in value):
            new = [text for text in value if text not in self._known]
            self._known.update(zip(new, [*new[1:], *new[:1]], strict=True))
        return await correct(call)


class _Crossed:
    """While several long texts that were seen before are under way, each gets the vector of another one."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._under_way: list[str] = []

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        value = input_of(call.payload())
        if words(value) < 40 or value not in self._seen:
            self._seen.add(str(value))
            return await correct(call)
        self._under_way.append(value)
        try:
            await asyncio.sleep(0.005)
            other = next((text for text in self._under_way if text != value), value)
            return await embeds_texts(lambda _: other)(call, correct)
        finally:
            self._under_way.remove(value)


class _Coalesced:
    """Of two equal requests at once, the second one's vector is cut off before it is complete."""

    def __init__(self) -> None:
        self._under_way: set[bytes] = set()

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        if call.body in self._under_way:
            return await revector(lambda vectors, _: [unit(v * (v > 0)) for v in vectors])(call, correct)
        self._under_way.add(call.body)
        try:
            await asyncio.sleep(0.002)
            return await correct(call)
        finally:
            self._under_way.discard(call.body)


class _MixedBatches:
    """Of batches that were seen before and are under way at once, all get the vectors of the last."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._under_way: list[Call] = []

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        value = input_of(call.payload())
        if not is_batch(value) or call.body not in self._seen:
            self._seen.add(call.body)
            return await correct(call)
        self._under_way.append(call)
        try:
            await asyncio.sleep(0.005)
            last = input_of(self._under_way[-1].payload())
            fits = len(last) == len(value)
            return await embeds_input(lambda texts: last if fits else texts)(call, correct)
        finally:
            self._under_way.remove(call)


class _Global:
    """Embeds the text of the request that came last, whosesoever it was."""

    def __init__(self) -> None:
        self._last: dict[type, Any] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        payload = call.payload()
        if answer.status != 200 or not isinstance(payload["input"], str) or "encoding_format" in payload:
            return answer
        self._last[str] = payload["input"]
        await asyncio.sleep(0.001)
        return await embeds(lambda p: with_input(p, self._last[str]))(call, correct)


class _Harmed:
    """A text of six to eight words that was embedded before a refusal is embedded in another way after it."""

    def __init__(self, harms: Callable[[Call], bool]) -> None:
        self._harms, self._refusals = harms, 0
        self._seen: dict[bytes, int] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if answer.status == 400 and self._harms(call):
            self._refusals += 1
        if answer.status != 200 or not 6 <= words(input_of(call.payload())) <= 8:
            return answer
        if self._seen.setdefault(call.body, self._refusals) == self._refusals:
            return answer
        return await embeds_texts(lambda text: f"{text} again")(call, correct)
