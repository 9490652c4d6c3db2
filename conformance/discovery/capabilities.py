"""Which capabilities the target serves, refuses, takes for something else, or breaks at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from conformance.generators.sample_texts import equal_lengths
from conformance.validation.embeddings import Vector, compared, first_embedding, identical, same

from .findings import Finding, found
from .ground import Ground
from .probing import Outcome, Reading, Wrong, read

SIZE = 8
"""Numbers of a short vector."""

TOKENS = ([97, 104, 101, 110], [110, 103, 99, 120])
"""Two arrays of ids that every vocabulary has."""


async def capability_findings(ground: Ground) -> AsyncIterator[Finding]:
    """What is to be said of each capability that a target may lack, and of what goes beyond it."""
    batch = await ground.ask(input=equal_lengths(2))
    yield told("batch", "two texts", batch)
    yield told("base64", "encoding_format base64", await _base64(ground))
    async for finding in _dimensions(ground):
        yield finding
    texts = await _as_texts(ground, is_batch=batch.outcome is Outcome.SERVED)
    yield told("token-input", "an array of tokens", await ground.ask(_unlike(texts), input=TOKENS[0]))
    nested = await ground.ask(_unlike(texts), input=list(TOKENS))
    if nested.outcome is Outcome.REFUSED and batch.outcome is Outcome.REFUSED:
        nested = await ground.ask(_unlike(texts), input=[TOKENS[0]])
    yield told("nested-token-input", "arrays of tokens in an array", nested)


def told(capability: str, sent: str, reading: Reading) -> Finding:
    """The finding that *reading*, of a request with *sent*, makes of *capability*."""
    match reading.outcome:
        case Outcome.SERVED:
            return found(f"{capability}: served ({sent}: {reading.note})")
        case Outcome.UNKNOWN:
            return found(f"{capability}: not found out, the target was too busy ({sent}: {reading.note})")
        case Outcome.REFUSED:
            return found(f"refused ({sent}: {reading.note})", "unsupported", capability)
    will = f"requirement capability.{capability} will fail until it is refused with a 4xx, or served"
    word = "taken for something else" if reading.outcome is Outcome.MISREAD else "a crash"
    return found(f"{word} ({sent}: {reading.note}); {will}", "unsupported", capability)


async def _base64(ground: Ground) -> Reading:
    exchange = await ground.exchange(encoding_format="base64")

    def wrong(vectors: Sequence[Vector]) -> str:
        if not isinstance(first_embedding(exchange.body), str):
            return "200, and numbers came"
        return (
            "" if same(vectors[0], ground.plain) else f"another vector, {compared(vectors[0], ground.plain)}"
        )

    return read(exchange, ground.asker.hide, wrong)


async def _dimensions(ground: Ground) -> AsyncIterator[Finding]:
    """Models that can shorten may know a few lengths alone, so several are asked for before it is said to lack."""
    own = ground.plain.size
    first = None
    for size in dict.fromkeys((min(SIZE, max(1, own - 1)), max(1, own // 2), own)):
        reading = await _sized(ground, size)
        first = first or (size, reading)
        if reading.outcome is Outcome.SERVED:
            yield told("dimensions", f"dimensions {size}", reading)
            async for finding in _longest(ground):
                yield finding
            return
        if reading.outcome is not Outcome.REFUSED:
            break
    size, reading = first if reading.outcome is Outcome.REFUSED and first is not None else (size, reading)
    yield told("dimensions", f"dimensions {size}", reading)


async def _longest(ground: Ground) -> AsyncIterator[Finding]:
    """Whether more numbers than the model's own are refused."""
    own = ground.plain.size
    for size in (own + 1, 10 * own):
        reading = await _sized(ground, size)
        sent = f"dimensions {size}, where the model's own are {own}"
        if reading.outcome is Outcome.REFUSED and size == own + 1:
            yield found(f"more is refused ({sent}: {reading.note})", "limit", f"dimensions={own}")
            return
        if reading.outcome is not Outcome.SERVED:
            yield found(f"dimensions: no limit is declared ({sent}: {reading.note})")
            return


async def _sized(ground: Ground, size: int) -> Reading:
    def wrong(vectors: Sequence[Vector]) -> str:
        return "" if vectors[0].size == size else f"200, and {vectors[0].size} numbers came"

    return await ground.ask(wrong, dimensions=size)


async def _as_texts(ground: Ground, *, is_batch: bool) -> dict[str, Vector]:
    """The vectors of the texts that a server may make of an array of tokens, by what it did."""
    tokens = TOKENS[0]
    texts = {
        "the text of the array": str(tokens),
        "the numbers as words": " ".join(map(str, tokens)),
        "the first number as a word": str(tokens[0]),
    }
    if is_batch:
        readings = (await ground.ask(input=list(texts.values()))).vectors
    else:
        alone = [await ground.ask(input=text) for text in texts.values()]
        readings = tuple(vector for reading in alone for vector in reading.vectors)
    return dict(zip(texts, readings, strict=True)) if len(readings) == len(texts) else {}


def _unlike(texts: dict[str, Vector]) -> Wrong:
    def wrong(vectors: Sequence[Vector]) -> str:
        alike = (what for what, vector in texts.items() if identical(vector, vectors[0]))
        return next((f"200, and the vector of {what} came" for what in alike), "")

    return wrong
