"""Area ``response``: lengths, encodings and token counts that must agree across several responses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, pairwise, relation
from conformance.checks.valid_requests import accepted_probes
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, ProbeResult, judges_all
from conformance.generators.sample_texts import SCRIPTS, UNICODE, mixed_lengths, text
from conformance.text import counted


def _constant_length(context: Context, requirement: Requirement) -> Check:
    """Compare responses to requests with the same credentials, because other credentials may select another model."""

    @judges_all("vectors of the same length in all responses to requests without dimensions")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        lengths = [
            (result, vectors.size)
            for result in results
            if "dimensions" not in result.probe.payload
            if (vectors := context.answers.of(result.exchange).vectors) is not None
        ]
        if not lengths:
            raise NothingToJudge("no response has vectors that can be compared")
        first = {result.probe.request.headers: length for result, length in reversed(lengths)}
        for result, length in lengths:
            wanted = first[result.probe.request.headers]
            if length != wanted:
                yield evidence(
                    result, f"{counted(wanted, 'number')}, as in other responses", found=f"{length:,}"
                )

    return Check(requirement, accepted_probes(context), judge, (context.authorized_by,))


def _base64_equals_float(context: Context, requirement: Requirement) -> Check:
    texts = [text(40, 8), mixed_lengths(min(5, context.max_texts))]
    probes = [
        context.input_probe(
            f"{encoding} of {'a text' if isinstance(value, str) else 'a batch'}",
            value,
            encoding_format=encoding,
        )
        for value in texts
        for encoding in ("float", "base64")
    ]
    pairs = [SameVector(1, 0), *(SameVector(3, 2, n, n) for n in range(len(texts[1])))]
    compare = pairwise(pairs, "the same vector as in the response with floats")
    return relation(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))


def _usage_grows(context: Context, requirement: Requirement) -> Check:
    probes = tuple(
        context.input_probe(f"a text of {counted(words, 'word')}", text(41, words)) for words in (2, 40)
    )

    @judges_all("more prompt tokens for a longer text")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        short, long = _counts(context, results, len(probes))
        if long <= short:
            yield evidence(
                results[1], f"more than {counted(short, 'token')}, the count for 2 words", found=f"{long:,}"
            )

    return Check(requirement, probes, judge, context.needs_of("a"))


def _usage_sums(context: Context, requirement: Requirement) -> Check:
    texts = mixed_lengths(context.batch_size(3))
    probes = (
        *(context.input_probe("a text alone", value) for value in texts),
        context.input_probe("a batch of these texts", texts),
    )

    @judges_all("for a batch, the sum of the prompt tokens of its texts")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        *alone, batch = _counts(context, results, len(probes))
        if batch != sum(alone):
            yield evidence(
                results[-1], f"{counted(sum(alone), 'token')}, the sum of its texts", found=f"{batch:,}"
            )

    return Check(requirement, probes, judge, context.needs_of("a", ["a"]))


def _usage_counts_tokens(context: Context, requirement: Requirement) -> Check:
    """Use texts of several scripts: with ASCII only, counts of bytes as tokens are equal to counts of characters."""
    texts = [text(42, 30), *SCRIPTS[:4:2], UNICODE["emoji, joined and with skin tones"]]
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
        raise NothingToJudge("not every response has a usable prompt_tokens")
    return counts


CHECKS: Makers = {
    "response.constant-length": _constant_length,
    "response.base64.equals-float": _base64_equals_float,
    "response.usage.grows": _usage_grows,
    "response.usage.sums": _usage_sums,
    "response.usage.tokens": _usage_counts_tokens,
}
