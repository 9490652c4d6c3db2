"""Area ``response``: token counts that must agree across several responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import cycle, islice
from random import Random
from typing import Any

from conformance.checks.context import Context
from conformance.checks.judges import evidence, require_answers
from conformance.checks.makers import Makers
from conformance.checks.meaning.batch_sizes import divided_batch
from conformance.checks.observable import required_on_the_way
from conformance.checks.token_counts import EXPECTED
from conformance.checks.whole_run import TOKEN_COUNTS
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
    send_in_sequence,
)
from conformance.generators.sample_texts import SCRIPTS, UNICODE, mixed_lengths, sample_text
from conformance.text import counted

COUNTED = "response.usage.counted"

ADDITIVE = (
    "for each batch, the prompt tokens of its inputs, plus one constant for the batch and one for each input"
)

SIZES = (2, 3, 9, 17)
"""Items of batches whose counts are compared: two sizes determine the constants, the others show what is wrong."""

LARGE_SIZES = (40, 100)
"""Items of batches that servers divide. They repeat a few short texts, each of which is counted alone too."""

SHORT = (1, 2, 3, 4, 5)
"""Words of the short texts."""

TOKEN_SIZES = (2, 4, 6)
"""Arrays of batches whose counts are compared. The last one has some arrays twice."""

TOKENS = range(97, 123)
"""Token ids that every vocabulary has."""

LENGTHS = (3, 24, 1, 9)
"""Tokens of the arrays that are counted."""

MOST_PER_ID = 1.75
"""Tokens that a longer array counts for each further id. Servers that decode and tokenize again count other numbers."""


def _grows(context: Context, requirement: Requirement) -> Check:
    probes = tuple(
        context.input_probe(f"a text of {counted(words, 'word')}", sample_text(41, words))
        for words in (2, 40)
    )

    @judges_all("more prompt tokens for a longer text")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        short, long = _counts(context, results, len(probes))
        if long <= short:
            yield evidence(
                results[1], f"more than {counted(short, 'token')}, the count for 2 words", found=f"{long:,}"
            )

    return Check(requirement, probes, judge, context.needs_of("a"))


def _sums(context: Context, requirement: Requirement) -> Check:
    sizes = sorted({context.batch_size(size) for size in SIZES})
    texts = mixed_lengths(sizes[-1])
    short = [sample_text(43 + words, words) for words in SHORT]
    inputs = {size: texts[:size] for size in sizes}
    inputs |= {
        n: list(islice(cycle(short), n)) for n in map(context.batch_size, LARGE_SIZES) if n > sizes[-1]
    }
    batches = [
        (context.input_probe(f"a batch of {counted(size, 'text')}", batch), batch)
        for size, batch in inputs.items()
    ]
    return _additive(context, requirement, [*texts, *short], batches, context.needs_of("a", ["a"]))


def _token_sums(context: Context, requirement: Requirement) -> Check:
    random = Random("tokens")
    arrays = [random.choices(TOKENS, k=length) for length in LENGTHS]
    sizes = sorted({context.batch_size(size) for size in TOKEN_SIZES})
    inputs = [list(islice(cycle(arrays), size)) for size in sizes]
    batches = [(context.input_probe(f"a batch of {len(batch)} arrays", batch), batch) for batch in inputs]
    check = _additive(context, requirement, arrays, batches, context.needs_of([97], [[97]]))
    shortest, longest = (arrays.index(array) for array in (min(arrays, key=len), max(arrays, key=len)))

    @judges_all(f"{ADDITIVE}; about one token for each id of an array")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        found = list(check.judge(results))
        few, many = (context.answers.prompt_tokens(results[n].exchange) for n in (shortest, longest))
        more = len(arrays[longest]) - len(arrays[shortest])
        if not found and few is not None and many is not None and many - few > MOST_PER_ID * more:
            begin = f"{few:,} for {_words(arrays[shortest])}, and one for each further id"
            expected = f"about {counted(few + more, 'token')}: {begin}"
            yield evidence(results[longest], expected, found=f"{many:,}")
        yield from found

    return replace(check, judge=judge)


def _additive(
    context: Context,
    requirement: Requirement,
    items: Sequence[str | list[int]],
    batches: Sequence[tuple[Probe, Sequence[str | list[int]]]],
    needs: tuple[str, ...],
) -> Check:
    """The count of a batch of n inputs is the sum of their counts, plus ``a + b * n`` for two constants.

    *batches* have some of the *items*, each of which is counted alone too.
    """
    alone = [context.input_probe(f"{_words(item)} alone", item) for item in items]

    @judges_all(ADDITIVE)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = _counts(context, results, len(alone) + len(batches))
        of_item = {str(item): count for item, count in zip(items, counts, strict=False)}
        sums = [sum(of_item[str(item)] for item in batch) for _, batch in batches]
        of_batches = zip(batches, counts[len(alone) :], sums, strict=True)
        added = {len(batch): count - total for (_, batch), count, total in of_batches}
        if len(added) < 3:
            raise NotObservable("the batches are too small to find the constants that the server adds")
        for number, (size, more) in enumerate(added.items()):
            expected = _on_the_line(added, size)
            if number > 1 and more != expected:
                wanted = f"{counted(int(sums[number] + expected), 'token')}, as for smaller batches"
                yield evidence(results[len(alone) + number], wanted, found=f"{sums[number] + more:,}")
                return

    return Check(requirement, (*alone, *(probe for probe, _ in batches)), judge, needs)


def _words(item: str | list[int]) -> str:
    return (
        f"the text {item[:40]!r}" if isinstance(item, str) else f"an array of {counted(len(item), 'token')}"
    )


def _on_the_line(added: Mapping[int, int], size: int) -> Fraction:
    """What must be added to a batch of *size*, by the two smallest ones."""
    (first, least), (second, more), *_ = added.items()
    return least + Fraction(more - least, second - first) * (size - first)


def _encodings(context: Context, requirement: Requirement) -> Check:
    """The same requests in both encodings. The large batch in the default one is a request of other checks too."""
    base64 = context.roles.named(encoding="base64")
    probes = tuple(
        probe
        for what, value, usual in _in_encodings(context)
        for probe in (
            context.input_probe(f"{'float' if usual else 'the default encoding'} of {what}", value, **usual),
            context.input_probe(f"base64 of {what}", value, **base64),
        )
    )

    @judges_all("as many prompt tokens in base64 as in another encoding")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = _counts(context, results, len(probes))
        for number in range(0, len(counts), 2):
            if counts[number] != counts[number + 1]:
                expected = f"{counted(counts[number], 'token')}, as in {probes[number].description}"
                yield evidence(results[number + 1], expected, found=f"{counts[number + 1]:,}")

    return Check(requirement, probes, judge, context.needs_of("a", ["a"]))


def _in_encodings(context: Context) -> Iterator[tuple[str, object, Mapping[str, Any]]]:
    """A text, a small batch, a batch that servers divide, and a batch of token arrays; each with another encoding."""
    floats = context.roles.named(encoding="float")
    yield "a text", sample_text(40, 8), floats
    yield "a batch", mixed_lengths(min(5, context.max_texts)), floats
    large = divided_batch(context)
    yield f"a batch of {counted(len(large), 'text')}", large, {}
    arrays = [[*TOKENS[:length]] for length in SHORT[: context.batch_size(len(SHORT))]]
    if context.can_send(arrays):
        yield "a batch of token arrays", arrays, floats


def _repeated(context: Context, requirement: Requirement) -> Check:
    """One request after the other, so that they share a connection; then the requests of one client.

    The run observes the counts of all other inputs that are sent more than once.
    """
    value = sample_text(50, 8)
    options: list[Mapping[str, Any]] = [{}, *context.clients(value)]
    probes = tuple(
        context.input_probe(" of ".join(["the same text again", *client]), value, occurrence=n, **client)
        for client in options
        for n in range(4)
    )

    @judges_all(EXPECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = _counts(context, results, len(probes))
        totals = [context.answers.of(result.exchange).total_tokens for result in results]
        for what, found in (("", counts), (" in total", totals)):
            for result, count in zip(results, found, strict=True):
                first = found[0]
                if first is not None and count is not None and count != first:
                    expected = f"{counted(first, 'token')}{what}, as for the first request"
                    yield evidence(result, expected, found=f"{count:,}{what}")
                    return

    check = Check(requirement, probes, judge, context.needs_of("a"), procedure=send_in_sequence)
    return replace(check, observes=TOKEN_COUNTS)


def _counts_tokens(context: Context, requirement: Requirement) -> Check:
    """Use texts of several scripts: with ASCII only, counts of bytes as tokens are equal to counts of characters."""
    texts = [sample_text(42, 30), *SCRIPTS[:4:2], UNICODE["emoji, joined and with skin tones"]]
    probes = tuple(context.input_probe(f"the text {value[:20]!r}", value) for value in texts)

    @judges_all("the number of tokens, not of characters")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = _counts(context, results, len(probes))
        for unit, measure in (("characters", len), ("units of UTF-16", _utf16)):
            # A tokenizer may add the same number of special tokens to every text.
            added = {count - measure(value) for count, value in zip(counts, texts, strict=True)}
            if len(added) == 1:
                yield evidence(results[0], "the number of tokens", found=f"{counts[0]}, the number of {unit}")

    return Check(requirement, probes, judge, context.needs_of("a"))


def _utf16(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2


def _counts(context: Context, results: Sequence[ProbeResult], wanted: int) -> list[int]:
    found = (context.answers.prompt_tokens(result.exchange) for result in results)
    counts = [count for count in found if count is not None]
    if len(counts) < wanted:
        raise no_counts(context, results, "not every response has a usable prompt_tokens")
    return counts


def no_counts(context: Context, results: Sequence[ProbeResult], reason: str) -> NothingToJudge:
    """Why no token counts can be compared. Raises it itself if the requests got no responses."""
    require_answers(results)
    violated = {id for result in results for id in context.answers.of(result.exchange).violations}
    required = required_on_the_way(context.contract).get(COUNTED, ())
    return NothingToJudge(reason, because_of=next((id for id in required if id in violated), ""))


CHECKS: Makers = {
    "response.usage.grows": _grows,
    "response.usage.sums": _sums,
    "response.usage.token-sums": _token_sums,
    "response.usage.encodings": _encodings,
    "response.usage.repeated": _repeated,
    "response.usage.tokens": _counts_tokens,
}
