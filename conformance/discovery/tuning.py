"""Find the settings for the target's speed, rate limit and tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

from conformance.generators.plain_requests import TEXT
from conformance.reference import BYTES, available_tokenizer, load_tokenizer
from conformance.validation.embeddings import same_vector

from .client import DiscoveryClient, ProbeContext
from .findings import Finding, likely_finding, shown_finding

SLOW = 5.0
"""The time in seconds from which a response is slow."""

SLOW_CONCURRENCY = 2
"""The number of concurrent requests to a slow target."""

TIMEOUT_FACTOR = 4
"""The timeout relative to the slowest response: in a run, other requests are in flight at the same time."""


async def tokenizer_finding(context: ProbeContext) -> Finding:
    """The finding on the tokenizer: of the available ones, the one under which TEXT and its tokens get one vector."""
    names = list(dict.fromkeys((BYTES, available_tokenizer())))
    for name in names:
        result = await context.probe_texts(load_tokenizer(name).encode(TEXT))
        if result.vectors and same_vector(result.vectors[0], context.plain_vector):
            return shown_finding("a text and its tokens get the same vector", "tokenizer", name)
    return shown_finding(
        f"tokenizer: neither of {', '.join(names)}; a run does not compare texts with their tokens"
    )


def load_findings(client: DiscoveryClient, timeout: float) -> Iterator[Finding]:
    """Yield the findings from the slowest responses to *client*, and from the rate before the first 429.

    A timeout is set only if it is longer than *timeout*, the default.
    """
    slowest, rate = client.slowest, client.rate
    if rate is not None:
        sentence = f"it returned 429 above a rate of about {_rounded(rate):g} per second"
        yield likely_finding(sentence, "rate", _rounded(rate))
    if client.slowest_small > SLOW:
        sentence = (
            f"the slowest response to a small request took {client.slowest_small:.1f} s; a run with"
            f" {SLOW_CONCURRENCY} concurrent requests finds fewer faults under load"
        )
        yield likely_finding(sentence, "concurrency", SLOW_CONCURRENCY)
    if slowest > SLOW and TIMEOUT_FACTOR * slowest > timeout:
        yield likely_finding(
            f"the slowest response took {slowest:.1f} s", "timeout", ceil(TIMEOUT_FACTOR * slowest)
        )


def _rounded(rate: float) -> float:
    """*rate* rounded down to two digits."""
    step = 10.0 ** (floor(log10(rate)) - 1)
    return float(f"{floor(rate / step) * step:.12g}")
