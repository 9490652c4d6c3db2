"""Mutants with a cache whose key is equal for different requests."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from typing import Any

from tests.faulty_servers.embeddings import count_words, input_of, is_array_of, is_text_batch
from tests.faulty_servers.faults import only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Server
from tests.mutants.mutant import Mutant

Key = Callable[[Any], Hashable]
"""The key of an input; None for inputs that are not cached."""


def cache_key_mutants() -> Iterator[Mutant]:
    """The mutants about keys of caches; new ones each time, because they keep state."""
    for name, separator in SEPARATORS.items():
        yield Mutant(
            f"caches inputs by their texts joined with {name}", "state.cache.joined", _joins(separator)
        )
    flat = _Cache(lambda v: repr([n for part in v for n in part]) if is_array_of(v, list) else None)
    yield Mutant("caches batches of tokens by all their tokens", "state.cache.joined-tokens", flat)
    digits = _Cache(lambda v: "".join(map(str, v)) if is_array_of(v, int) else None)
    yield Mutant("caches token arrays by their digits", "state.cache.joined-tokens", digits)
    for name, key in SIMILAR.items():
        yield Mutant(f"caches texts by {name}", "state.cache.similar", _Cache(_of_text(key)))
    options: Mapping[str, Callable[[Any], bool]] = {
        "batches": lambda v: is_text_batch(v) and len(v) == 2 and count_words(v[0]) == 5,
        "token arrays": lambda v: is_array_of(v, int) and len(v) == 5,
    }
    for what, is_cached in options.items():
        for ignored in ("encoding_format", "dimensions"):
            cache = _Cache(partial(_repr_if, condition=is_cached), ignored)
            yield Mutant(f"caches {what} without {ignored} in the key", "state.cache.options", cache)
    tokens = _Cache(partial(_repr_if, condition=lambda v: is_array_of(v, int)), "model")
    yield Mutant("caches token arrays without the model in the key", "state.cache.models", tokens)
    with_user = only_for(lambda p: "user" in p, _Cache(repr, "model"))
    yield Mutant("caches inputs with a user without the model in the key", "state.cache.models", with_user)


SEPARATORS: Mapping[str, str] = {"spaces": " ", "commas": ",", "hyphens": "-", "nothing": ""}

SIMILAR: Mapping[str, Callable[[str], Hashable]] = {
    "their CRC-32": lambda t: zlib.crc32(t.encode()),
    "their letters in any order": lambda t: "".join(sorted(t)),
    "their first 500 characters and their length": lambda t: (t[:500], len(t)),
    "both ends and their length": lambda t: (t[:100], t[-100:], len(t)),
    "their first 100 characters": lambda t: t[:100],
}
"""Incomplete keys of texts of at most 200 words, by what they keep."""


def _joins(separator: str) -> _Cache:
    def key(value: Any) -> Hashable:
        texts = value if is_array_of(value, str) else [value]
        if all(isinstance(text, str) for text in texts):
            return separator.join(texts)
        return None

    return _Cache(key)


def _repr_if(value: Any, condition: Callable[[Any], bool]) -> Hashable:
    return repr(value) if condition(value) else None


def _of_text(key: Callable[[str], Hashable]) -> Key:
    return lambda value: key(value) if isinstance(value, str) and count_words(value) < 200 else None


class _Cache:
    """Returns the embeddings of the first request with the same key and, except the *ignored* ones, properties."""

    def __init__(self, key: Key, *ignored: str) -> None:
        self._key, self._ignored = key, ignored
        self._known: dict[Hashable, Any] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        response = await correct(request)
        payload = request.payload()
        if not response.ok or (key := self._key(input_of(payload))) is None:
            return response
        found = response.payload()
        data = self._known.setdefault((key, self._options(payload)), found["data"])
        return response.with_payload({**found, "data": data})

    def _options(self, payload: Payload) -> str:
        """The other properties; requests for float with and without the property are equal."""
        kept = {"encoding_format": "float", **payload}
        return repr(sorted((n, v) for n, v in kept.items() if n not in ("input", "user", *self._ignored)))
