"""Find the limits of the target: texts in one request, and tokens in one text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from math import ceil

from conformance.contract import Contract
from conformance.generators.sample_texts import sample_text
from conformance.text import counted
from conformance.validation.embeddings import Vector, identical_vectors

from .client import ProbeContext
from .findings import Finding, likely_finding, shown_finding
from .probing import Outcome, ProbeResult

WORDS = (100, 300, 1000, 3000, 10_000)
"""The lengths of texts that are tried."""

LONG_TEXT = 86
"""The number of the long sample text; each shorter text is its beginning."""

OTHER_WORD = "granite"
"""A word for the end of a text with another meaning."""

TOKEN_MARGIN = 8
"""Another text with as many words as ours may have fewer tokens, by one in this many."""

PRECISION = 64
"""A found limit of tokens may be too high, by one in this many."""

MAX_TOKENS = 100_000
"""The number of tokens of the largest array that is sent, if the contract does not limit it."""

TIMEOUT_MARGIN = 2
"""The timeout relative to the expected time of the largest batch."""

MAX_TIMEOUT = 600
"""The longest timeout in seconds that is suggested."""

ADVICE = "The model's own limit is below this number; replace it with the documented limit"

Try = Callable[[int], Awaitable[ProbeResult]]


async def batch_findings(context: ProbeContext) -> AsyncIterator[Finding]:
    """Yield a finding on the largest batch: doubled up to the contract's limit, then found by bisection."""
    most = _max_items(context.contract, "string")
    if most is None or most < 2:
        return

    seconds: dict[int, float] = {1: 0.0}

    async def attempt(count: int) -> ProbeResult:
        result = await context.probe_texts([f"river {number}" for number in range(count)])
        seconds[count] = result.seconds
        return result

    accepted, failed = await _first_failure(attempt, most)
    if failed is None:
        yield shown_finding(f"batch: a batch of {counted(most, 'text')} (the contract's maximum) is accepted")
        return
    count, result = failed
    if result.outcome is Outcome.REJECTED:
        accepted, (count, result) = await _bisect(attempt, accepted, (count, result))
    sent = f"a batch of {counted(accepted, 'text')} is accepted; {counted(count, 'text')}: {result.note}"
    if result.outcome is Outcome.NOT_SENT:
        yield shown_finding(f"batch: {sent}")
    elif result.outcome is Outcome.UNANSWERED:
        yield _slow_batch(sent, seconds[accepted] / accepted * most, accepted)
    elif result.outcome is Outcome.REJECTED:
        yield shown_finding(sent, "limit", f"batch={accepted}")
    else:
        yield shown_finding(f"batch: no limit is declared, because this is a failure in a run ({sent})")


def _slow_batch(sent: str, seconds: float, accepted: int) -> Finding:
    """A timeout that is enough for the largest batch, which takes about *seconds*, or else a limit of batches."""
    timeout = ceil(TIMEOUT_MARGIN * seconds)
    if 0 < timeout <= MAX_TIMEOUT:
        return likely_finding(f"{sent}; the largest batch takes about {seconds:.0f} s", "timeout", timeout)
    return likely_finding(f"{sent}; larger batches take too long", "limit", f"batch={accepted}")


async def _first_failure(attempt: Try, most: int) -> tuple[int, tuple[int, ProbeResult] | None]:
    """The largest accepted count, and the first other count with its result; None if *most* is accepted."""
    accepted, count = 1, 2
    while True:
        result = await attempt(count)
        if result.outcome is not Outcome.ACCEPTED:
            return accepted, (count, result)
        accepted = count
        if accepted == most:
            return accepted, None
        count = min(2 * count, most)


async def _bisect(
    attempt: Try, accepted: int, rejected: tuple[int, ProbeResult]
) -> tuple[int, tuple[int, ProbeResult]]:
    """The largest accepted and the smallest rejected count. Any other outcome ends the search."""
    while rejected[0] - accepted > 1:
        middle = (accepted + rejected[0]) // 2
        result = await attempt(middle)
        if result.outcome is Outcome.ACCEPTED:
            accepted = middle
        else:
            rejected = middle, result
            if result.outcome is not Outcome.REJECTED:
                break
    return accepted, rejected


async def length_findings(context: ProbeContext, unsupported: Collection[object]) -> AsyncIterator[Finding]:
    """Yield a finding on the length from which texts are rejected, or silently truncated.

    A limit that is too low would make correct responses failures, because longer texts must be rejected. So the limit
    is never below a length that was seen to be too long. *unsupported* are the capabilities that the target lacks.
    """
    vectors: dict[int, Vector] = {}
    for words in WORDS:
        result = await context.probe_texts(sample_text(LONG_TEXT, words))
        if result.outcome is Outcome.REJECTED or result.status >= 500:
            accepted = max(vectors, default=0)
            if result.named_limit is not None and result.named_limit >= accepted:
                yield _named_length(words, result)
                return
            limit = await _token_limit(context, accepted, words, _token_form(context, unsupported))
            yield _rejected_length(accepted, words, result, limit)
            return
        if result.outcome is not Outcome.ACCEPTED:
            yield shown_finding(f"input-tokens: no limit is declared ({words} words: {result.note})")
            return
        vectors[words] = result.vectors[0]
    yield await _accepted_lengths(context, vectors)


def _named_length(words: int, result: ProbeResult) -> Finding:
    sentence = f"a text of {words} words gets {result.note}; the rejection names {result.named_limit} tokens"
    return likely_finding(sentence, "limit", f"input-tokens={result.named_limit}")


def _rejected_length(accepted: int, words: int, result: ProbeResult, limit: int) -> Finding:
    begin = f"a text of {accepted} words is accepted, " if accepted else ""
    crash = "" if result.outcome is Outcome.REJECTED else " A run reports this server error as a failure."
    sentence = f"{begin}a text of {words} words: {result.note}.{crash} {ADVICE}"
    return likely_finding(sentence, "limit", f"input-tokens={limit}")


async def _accepted_lengths(context: ProbeContext, vectors: dict[int, Vector]) -> Finding:
    """The finding if all lengths are accepted: long texts may have the vector of their beginning."""
    longest = max(vectors)
    shortest = min(words for words, vector in vectors.items() if identical_vectors(vector, vectors[longest]))
    if shortest < longest:
        other = f"{sample_text(LONG_TEXT, shortest)} {' '.join([OTHER_WORD] * (longest - shortest))}"
        result = await context.probe_texts(other)
        if result.vectors and identical_vectors(result.vectors[0], vectors[longest]):
            return shown_finding(
                f"input-tokens: texts are silently truncated: texts of {longest} words with the same first {shortest}"
                " words get one vector. A run fails for it (meaning.truncation). No limit is declared, because a run"
                " would then send only shorter texts"
            )
    return shown_finding(f"input-tokens: a text of {longest} words is accepted; longer texts were not tried")


async def _token_limit(context: ProbeContext, accepted: int, words: int, form: TokenForm | None) -> int:
    limit = _with_margin(words)
    if form is None or limit >= form.most:
        return limit
    return await _rejected_tokens(context, form, accepted, limit)


def _with_margin(words: int) -> int:
    return words + words // TOKEN_MARGIN


async def _rejected_tokens(context: ProbeContext, form: TokenForm, accepted: int, limit: int) -> int:
    """A limit that also agrees with arrays of tokens: it is higher than *limit* if longer arrays are accepted."""

    async def accepts(count: int) -> bool:
        return (await context.probe_texts(form.make(count))).outcome is Outcome.ACCEPTED

    low, high = accepted, limit + 1
    while await accepts(high):
        if high == form.most:
            return form.most
        low, high = high, min(2 * high, form.most)
    while low > limit and high - low > max(1, high // PRECISION):
        middle = (low + high) // 2
        if await accepts(middle):
            low = middle
        else:
            high = middle
    return high - 1


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A form of token input: ``make`` builds an input of a number of tokens, ``most`` is the largest number."""

    make: Callable[[int], list[int] | list[list[int]]]
    most: int


def _token_form(context: ProbeContext, unsupported: Collection[object]) -> TokenForm | None:
    """The form that the target accepts and the contract limits least; None if it accepts no tokens."""
    if "nested-token-input" not in unsupported:
        return TokenForm(lambda count: [[97] * count], MAX_TOKENS)
    most = _max_items(context.contract, "integer")
    if "token-input" not in unsupported and most is not None:
        return TokenForm(lambda count: [97] * count, most)
    return None


def _max_items(contract: Contract, type_name: str) -> int | None:
    """The contract's maximum number of items of an input array of *type_name*, or None."""
    for form in contract.forms_of_texts:
        if form.items is not None and form.items.type == type_name:
            bound = form.node.get("maxItems")
            return min(bound, MAX_TOKENS) if isinstance(bound, int) else None
    return None
