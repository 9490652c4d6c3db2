"""Mutants that are wrong for some sizes of batches, texts, token arrays and bodies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tests.faulty_servers.embeddings import (
    changes_vectors,
    embeds_input,
    embeds_texts,
    is_array_of,
    is_text_batch,
    only_for_input,
    reorders,
)
from tests.faulty_servers.faults import crashes, responds
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Fault, Server, with_faults
from tests.mutants.mutant import Mutant

KIB, MIB = 2**10, 2**20

LONG = 500
"""Words of a text that the reference server may reject, because it counts bytes as tokens."""

Move = Callable[[int], Sequence[int]]
"""For a number of texts: for each position, the position whose vector is there."""


def size_mutants() -> Iterator[Mutant]:
    """The mutants about sizes."""
    yield from _batches()
    yield from _texts()
    yield from _arrays()
    yield from _long_batches()
    yield from _bodies()


def _batches() -> Iterator[Mutant]:
    sizes, large, distinct = (f"meaning.batch.{what}" for what in ("sizes", "large", "distinct"))
    yield Mutant("returns the first vector for the last of 16 texts", sizes, _moves({16}, _last_is(0)))
    yield Mutant("returns the second vector for the first of 15 texts", sizes, _moves({15}, _first_is(1)))
    yield Mutant(
        "repeats the last vector of the full parts of 10 for the rest of a batch",
        sizes,
        _moves(range(21, 3000), _repeats_last_of_full_parts),
    )
    yield Mutant(
        "exchanges the vectors of the last two of 65 or 513 texts",
        large,
        _moves({65, 513}, lambda count: [*range(count - 2), count - 1, count - 2]),
    )
    yield Mutant("returns the first vector for the last of 63 texts", large, _moves({63}, _last_is(0)))
    yield Mutant(
        "returns zeros for the last of 33 texts",
        "response.not-zero",
        changes_vectors(
            lambda vectors, _: [*vectors[:-1], 0 * vectors[-1]] if len(vectors) == 33 else vectors
        ),
    )
    yield Mutant(
        "returns the vector of text 12 for text 13 of a batch",
        distinct,
        _moves(range(21, 3000), lambda count: [*range(12), 11, *range(13, count)]),
    )
    yield Mutant(
        "repeats a vector in the middle of each part of 32",
        distinct,
        _moves(range(41, 3000), lambda count: [place - (place % 32 == 20) for place in range(count)]),
    )


def _texts() -> Iterator[Mutant]:
    whole = "meaning.truncation"
    yield Mutant("embeds only the first 128 words", whole, embeds_texts(partial(_words, end=128)))
    yield Mutant("embeds only the first 512 words", whole, embeds_texts(partial(_words, end=512)))
    yield Mutant("embeds only the last 512 words", whole, embeds_texts(partial(_words, begin=-512)))
    for count in (1024, 4096):
        truncates = embeds_texts(partial(_words, end=count))
        yield Mutant(f"embeds only the first {count:,} words", whole, _for_long_texts(truncates))


def _long_batches() -> Iterator[Mutant]:
    yield Mutant(
        "embeds only the first 512 words of texts in batches",
        "meaning.batch.long",
        only_for_input(is_text_batch, embeds_texts(partial(_words, end=512))),
    )


def _arrays() -> Iterator[Mutant]:
    tokens = "meaning.truncation.tokens"
    for count in (128, 512, 1024, 4096):
        truncates = embeds_input(partial(_cut, count=count))
        yield Mutant(f"embeds only the first {count:,} tokens of arrays", tokens, truncates)


def _bodies() -> Iterator[Mutant]:
    crash, accepted = "http.size.no-crash", "http.size.accepted"
    yield Mutant("returns 500 for a body of 1 MiB", crash, responds(_is_larger_than(MIB - 1), error(500)))
    yield Mutant("crashes on a body of over 2 MiB", crash, crashes(_is_larger_than(2 * MIB)))
    yield Mutant("crashes on a long user", crash, crashes(lambda r: len(_user_of(r)) > 16 * KIB))
    yield Mutant("crashes on many escape sequences", crash, crashes(lambda r: r.body.count(rb"\u") > 8000))
    yield Mutant(
        "returns 500 for batches of paragraphs",
        crash,
        responds(lambda request: _characters(request) > 50_000, error(500)),
    )
    for size in (64, 200, 512):
        rejects = responds(_is_larger_than(size * KIB), error(413))
        yield Mutant(f"rejects bodies of over {size} KiB", accepted, rejects)
    yield Mutant(
        "rejects batches of paragraphs",
        accepted,
        responds(lambda request: _characters(request) > 50_000, error(400)),
    )


def accepts_long_texts(characters: int = 10**7) -> Fault:
    """The correct server with a model for texts of up to so many *characters*.

    It embeds the beginning and a digest of a text that the reference server would reject.
    """

    def is_long(text: Any) -> bool:
        return isinstance(text, str) and len(text.split()) > LONG and len(text) <= characters

    def shortened(text: Any) -> Any:
        return f"{text[:1000]} {hashlib.sha256(text.encode()).hexdigest()}" if is_long(text) else text

    async def server(request: Request, correct: Server) -> Response:
        value = request.json_object.get("input")
        if is_long(value):
            return await correct(request.with_input(shortened(value)))
        if isinstance(value, list) and any(map(is_long, value)):
            return await correct(request.with_input([shortened(item) for item in value]))
        return await correct(request)

    return server


def _for_long_texts(fault: Fault) -> Fault:
    """*fault* of a server that accepts long texts."""

    async def server(request: Request, correct: Server) -> Response:
        return await with_faults(correct, accepts_long_texts(), fault)(request)

    return server


def _moves(sizes: Any, move: Move) -> Fault:
    """A server that moves the vectors of batches of some sizes."""

    def places(values: list[Any], _: Payload) -> Sequence[int]:
        count = len(values)
        return move(count) if count in sizes and isinstance(values[0], str) else range(count)

    return reorders(places)


def _last_is(place: int) -> Move:
    return lambda count: [*range(count - 1), place]


def _first_is(place: int) -> Move:
    return lambda count: [place, *range(1, count)]


def _repeats_last_of_full_parts(count: int) -> Sequence[int]:
    full = count - count % 10
    return [min(place, full - 1) for place in range(count)]


def _words(text: str, begin: int = 0, end: int | None = None) -> str:
    words = text.split()
    kept = words[begin:end]
    return " ".join(kept) if len(kept) < len(words) else text


def _cut(value: Any, count: int) -> Any:
    if is_array_of(value, int):
        return value[:count]
    return [tokens[:count] for tokens in value] if is_array_of(value, list) else value


def _is_larger_than(size: int) -> Callable[[Request], bool]:
    return lambda request: len(request.body) > size


def _user_of(request: Request) -> str:
    user = request.json_object.get("user")
    return user if isinstance(user, str) else ""


def _characters(request: Request) -> int:
    value = request.json_object.get("input")
    return sum(len(item) for item in value if isinstance(item, str)) if isinstance(value, list) else 0
