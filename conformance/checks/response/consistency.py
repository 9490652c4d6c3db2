"""Area ``response``, across answers: lengths, encodings and counts of tokens that must agree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.metamorphic import pairwise, relation
from conformance.checks.request.schema import accepted_probes
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, ProbeResult
from conformance.generators.sample_texts import SCRIPTS, UNICODE, mixed_lengths, text
from conformance.validation import parse


def answer_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement that looks at several answers."""
    return checks_of(CHECKS, context, vectors)


def _constant_length(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """Among answers to the same credentials: others may lead to another model."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        lengths = [(a, v[0].size) for a in answers if "dimensions" not in _sent(a) and (v := vectors.of(a))]
        if not lengths:
            raise NothingToJudge("no answer had vectors that can be compared")
        usual = {a.probe.request.headers: n for a, n in reversed(lengths)}
        for answer, count in lengths:
            wanted = usual[answer.probe.request.headers]
            if count != wanted:
                yield evidence(answer, f"{wanted} numbers, as in other answers", found=f"{count}")

    return Check(requirement, accepted_probes(context), judge, (context.authorized_by,))


def _base64_equals_float(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    texts = [text(40, 8), mixed_lengths(min(5, context.most_texts))]
    probes = [
        context.relating(
            f"{encoding} of {'a text' if isinstance(value, str) else 'a batch'}",
            value,
            encoding_format=encoding,
        )
        for value in texts
        for encoding in ("float", "base64")
    ]
    pairs = [(1, 0, 0, 0), *((3, place, 2, place) for place in range(len(texts[1])))]
    compare = pairwise(pairs, "the vector of the float answer")
    return relation(requirement, vectors, probes, compare, context.needs_of("a", ["a"]))


def _usage_grows(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    del vectors
    probes = tuple(context.relating(f"a text of {words} words", text(41, words)) for words in (2, 40))

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        short, long = _counts(answers, len(probes))
        if long <= short:
            yield evidence(answers[1], f"more than the {short} tokens of 2 words", found=f"{long}")

    return Check(requirement, probes, judge, context.needs_of("a"))


def _usage_sums(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    del vectors
    texts = mixed_lengths(context.several(3))
    probes = (
        *(context.relating("a text alone", t) for t in texts),
        context.relating("a batch of these texts", texts),
    )

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        *alone, batch = _counts(answers, len(probes))
        if batch != sum(alone):
            yield evidence(answers[-1], f"{sum(alone)} tokens, the sum of its texts", found=f"{batch}")

    return Check(requirement, probes, judge, context.needs_of("a", ["a"]))


def _usage_is_of_tokens(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """Texts of several scripts, so that a model whose tokens are bytes is told from a server that counts characters."""
    del vectors
    texts = [text(42, 30), *SCRIPTS[:4:2], UNICODE["emoji, joined and with skin tones"]]
    probes = tuple(context.relating(f"the text {value[:20]!r}", value) for value in texts)

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = _counts(answers, len(probes))
        for unit, measure in (("characters", len), ("units of UTF-16", _utf16)):
            # Markers at the ends of a text count the same for all.
            beside = {count - measure(value) for count, value in zip(counts, texts, strict=True)}
            if len(beside) == 1:
                yield evidence(answers[0], "a number of tokens", found=f"{counts[0]}, as many as {unit}")

    return Check(requirement, probes, judge, context.needs_of("a"))


def _utf16(value: str) -> int:
    return len(value.encode("utf-16-le")) // 2


def _counts(answers: Sequence[ProbeResult], wanted: int) -> list[int]:
    counts = [count for answer in answers if (count := _prompt_tokens(answer)) is not None]
    if len(counts) < wanted:
        raise NothingToJudge("not every answer counts its prompt tokens")
    return counts


def _prompt_tokens(answer: ProbeResult) -> int | None:
    if answer.exchange.status != 200 or answer.exchange.response is None:
        return None
    match parse(answer.exchange.response.body).value:
        case {"usage": {"prompt_tokens": int(count)}} if count >= 0:
            return count
        case {"usage": {"prompt_tokens": float(count)}} if count >= 0 and count.is_integer():
            return int(count)  # Whether 7.0 is an integer, dialects of JSON Schema disagree.
    return None


def _sent(answer: ProbeResult) -> Mapping[str, Any]:
    body = answer.probe.request.body
    payload: Mapping[str, Any] = json.loads(body if isinstance(body, bytes) else b"".join(body or ()))
    return payload


CHECKS: Makers = {
    "response.constant-length": _constant_length,
    "response.base64.equals-float": _base64_equals_float,
    "response.usage.grows": _usage_grows,
    "response.usage.sums": _usage_sums,
    "response.usage.tokens": _usage_is_of_tokens,
}
