"""Find the capabilities that the target accepts, rejects, misinterprets, or crashes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence

from conformance.contract import shipped_capabilities
from conformance.contract.capabilities import Capability, with_role_names
from conformance.contract.roles import MissingRole
from conformance.generators.sample_texts import equal_lengths, sample_text
from conformance.http_client import Exchange
from conformance.text import counted
from conformance.validation.embeddings import (
    Vector,
    describe_difference,
    first_embedding,
    identical_vectors,
    same_vector,
)

from .client import NO_PROPERTY, ExchangeCheck, ProbeContext
from .findings import Finding, shown_finding
from .probing import Outcome, ProbeResult, VectorCheck

SHORT = 8
"""The number of dimensions of a short vector."""

WITH_VECTOR_CHECKS = ("batch", "base64", "dimensions", "token-input", "nested-token-input")
"""The capabilities whose misinterpretation the vectors of a response can show."""

TOKENS = ([97, 104, 101, 110], [110, 103, 99, 120])
"""Two arrays of token ids that exist in every vocabulary."""


async def capability_findings(context: ProbeContext) -> AsyncIterator[Finding]:
    """Yield a finding for each capability that can be declared unsupported, and for the limit of dimensions.

    A capability without vector checks of its own is probed with the example in its data.
    """
    texts = equal_lengths(2)
    batch = await context.probe_texts(texts)
    yield capability_finding("batch", "two texts", batch)
    alone = dict(zip(texts, batch.vectors, strict=False)) if batch.outcome is Outcome.ACCEPTED else {}
    yield await _base64(context, alone)
    async for finding in _dimensions(context):
        yield finding
    misread = await _misreadings(context, is_batch=batch.outcome is Outcome.ACCEPTED)
    differs = _differs_from(misread)
    tokens = await context.probe_texts(TOKENS[0], differs)
    yield capability_finding("token-input", "an array of tokens", tokens)
    nested = await context.probe_texts(list(TOKENS), differs)
    if nested.outcome is Outcome.REJECTED and batch.outcome is Outcome.REJECTED:
        nested = await context.probe_texts([TOKENS[0]], differs)
    yield capability_finding("nested-token-input", "an array of token arrays", nested)
    for capability in shipped_capabilities().values():
        if capability.needed_by is not None and capability.name not in WITH_VECTOR_CHECKS:
            yield await _described(context, capability)


async def _described(context: ProbeContext, capability: Capability) -> Finding:
    """The finding on a capability without vector checks, from the example in its data."""
    try:
        example = with_role_names(capability.example, context.roles)
    except MissingRole:
        return capability_finding(capability.name, capability.title, NO_PROPERTY)
    sent = f"{capability.title}, such as {json.dumps(example)}"
    return capability_finding(capability.name, sent, await context.probe_properties(example))


def capability_finding(capability: str, sent: str, result: ProbeResult) -> Finding:
    """The finding on *capability* that follows from *result*, the result of a request with *sent*."""
    match result.outcome:
        case Outcome.ACCEPTED:
            return shown_finding(f"{capability}: accepted ({sent}: {result.note})")
        case Outcome.NOT_SENT:
            return shown_finding(f"{capability}: not tried ({sent}: {result.note})")
        case Outcome.UNKNOWN:
            return shown_finding(f"{capability}: unknown; the target was too busy ({sent}: {result.note})")
        case Outcome.REJECTED:
            return shown_finding(f"rejected ({sent}: {result.note})", "unsupported", capability)
    outcome = "wrong response" if result.outcome is Outcome.MISINTERPRETED else "server error"
    consequence = (
        f"requirement capability.{capability} fails until the server rejects such requests; if a later version"
        " supports them, remove this declaration"
    )
    return shown_finding(f"{outcome} ({sent}: {result.note}); {consequence}", "unsupported", capability)


async def _base64(context: ProbeContext, known: Mapping[str, Vector]) -> Finding:
    """The finding on base64. A server that returns base64 supports it, also if its vectors are wrong.

    The request has a text that was not sent alone before, as a cache may ignore the encoding: one of *known*, the
    vectors of such texts. The text of the plain request is only sent if the vectors differ.
    """
    sent, is_base64 = "encoding_format base64", False

    def checking(wanted: Vector) -> ExchangeCheck:
        def check(exchange: Exchange, vectors: Sequence[Vector]) -> str:
            nonlocal is_base64
            is_base64 = isinstance(first_embedding(exchange.body, context.roles), str)
            if not is_base64:
                return "200, but with numbers"
            if same_vector(vectors[0], wanted):
                return ""
            return f"200, but with another vector, {describe_difference(vectors[0], wanted)}"

        return check

    text, vector = next(iter(known.items()), ("", context.plain_vector))
    texts = {"texts": context.requests.texts(text)} if text else {}
    result = await context.probe(checking(vector), **texts, encoding="base64")
    if text and result.outcome is Outcome.MISINTERPRETED and is_base64:
        result = await context.probe(checking(context.plain_vector), encoding="base64")
    if result.outcome is Outcome.MISINTERPRETED and is_base64:
        return shown_finding(f"base64: supported, but wrong; a run fails for it ({sent}: {result.note})")
    return capability_finding("base64", sent, result)


async def _dimensions(context: ProbeContext) -> AsyncIterator[Finding]:
    """Yield findings on dimensions. Several sizes are tried, because a model may accept only a few."""
    native = context.plain_vector.size
    first = None
    for size in dict.fromkeys((min(SHORT, max(1, native - 1)), max(1, native // 2), native)):
        result = await _with_dimensions(context, size)
        first = first or (size, result)
        if result.outcome is Outcome.ACCEPTED:
            yield capability_finding("dimensions", f"dimensions {size}", result)
            async for finding in _dimensions_limit(context):
                yield finding
            return
        if result.outcome is not Outcome.REJECTED:
            break
    size, result = first if result.outcome is Outcome.REJECTED and first is not None else (size, result)
    yield capability_finding("dimensions", f"dimensions {size}", result)


async def _dimensions_limit(context: ProbeContext) -> AsyncIterator[Finding]:
    """Yield a finding on more dimensions than the model's native ones."""
    native = context.plain_vector.size
    for size in (native + 1, 10 * native):
        result = await _with_dimensions(context, size)
        sent = f"dimensions {size}; the native dimensions are {native}"
        if result.outcome is Outcome.REJECTED and size == native + 1:
            yield shown_finding(f"more is rejected ({sent}: {result.note})", "limit", f"dimensions={native}")
            return
        if result.outcome is not Outcome.ACCEPTED:
            yield shown_finding(f"dimensions: no limit is declared ({sent}: {result.note})")
            return


async def _with_dimensions(context: ProbeContext, size: int) -> ProbeResult:
    def check(_: Exchange, vectors: Sequence[Vector]) -> str:
        return "" if vectors[0].size == size else f"200, but with {counted(vectors[0].size, 'number')}"

    fresh = context.requests.texts(sample_text(size, 4))  # a cache may ignore the dimensions
    return await context.probe(check, texts=fresh, dimensions=size)


async def _misreadings(context: ProbeContext, *, is_batch: bool) -> dict[str, Vector]:
    """The vectors of the texts that a server may embed in place of an array of tokens, by description."""
    tokens = TOKENS[0]
    texts = {
        "the text of the array": str(tokens),
        "the numbers as words": " ".join(map(str, tokens)),
        "the first number as a word": str(tokens[0]),
    }
    if is_batch:
        vectors = (await context.probe_texts(list(texts.values()))).vectors
    else:
        results = [await context.probe_texts(text) for text in texts.values()]
        vectors = tuple(vector for result in results for vector in result.vectors)
    return dict(zip(texts, vectors, strict=True)) if len(vectors) == len(texts) else {}


def _differs_from(texts: dict[str, Vector]) -> VectorCheck:
    def check(vectors: Sequence[Vector]) -> str:
        equal = (
            description for description, vector in texts.items() if identical_vectors(vector, vectors[0])
        )
        return next((f"200, but with the vector of {description}" for description in equal), "")

    return check
