"""Area ``meaning``: long texts and token arrays are embedded as a whole, or rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, groupby
from typing import TypeVar

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.contract.examples import model_property
from conformance.contract.roles import Roles
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    Remark,
    Send,
    judges_all,
)
from conformance.generators.sample_texts import (
    LADDER_WORDS,
    RUNGS,
    growing_sequence,
    with_other_beginning,
    with_other_end,
)
from conformance.generators.valid import SAFE_TOKENS
from conformance.text import counted
from conformance.validation.embeddings import describe_difference, identical_vectors

T = TypeVar("T")

LONG_TEXTS = (8000, 4200, 2100)
"""Tokens of longer texts. The first one that is accepted is enough."""

LONG_ARRAYS = (5125,)
"""Tokens of longer arrays. Without its end, this one has more than 4,096."""

OTHER_MODELS = RUNGS[-2:]
"""Tokens of the texts for other models than that of all other requests."""

TOKENS = (5211, 5213, 5216, 5217, 5219, 5220, 5222, 5225)
"""Ids of different words in common vocabularies. The lowest ids often have no meaning, and others are white space."""


@dataclass(frozen=True)
class Rung:
    """An input of some length, and two that are equally long and differ only in a part of it.

    ``batch`` has the first two; None if the target or the contract does not allow batches.
    """

    usual: Probe
    other_end: Probe
    other_beginning: Probe
    batch: Probe | None


@dataclass(frozen=True)
class Ladder:
    """Inputs of growing length for one model, each of which is the beginning of the next one.

    ``rungs`` are in this order; ``high`` are longer, the longest one first. ``endings`` and ``beginnings``: whether the
    longest accepted input, and the longest accepted of ``rungs``, are also sent with another end, or beginning.
    """

    rungs: Sequence[Rung]
    high: Sequence[Rung] = ()
    endings: bool = True
    beginnings: bool = True

    @property
    def probes(self) -> Iterator[Probe]:
        """The probes of a target that accepts all lengths."""
        yield from (rung.usual for rung in (*self.rungs, *self.high[:1]))
        yield from self._variants([*self.rungs, *self.high[:1]])

    async def climb(self, send: Send) -> list[ProbeResult]:
        """Send the inputs up to the first one that is not accepted, and variants of the longest accepted ones.

        If a shorter input was accepted, a batch of inputs above the shortest rejected one follows: some servers
        truncate those in batches.
        """
        results: list[ProbeResult] = []
        accepted: list[Rung] = []
        rejected: list[Rung] = []

        async def accepts(rung: Rung) -> bool:
            result = await send(rung.usual)
            results.append(result)
            if result.exchange.succeeded:
                accepted.append(rung)
            elif 400 <= result.exchange.status < 500:
                rejected.append(rung)
            return result.exchange.succeeded

        for rung in self.rungs:
            if not await accepts(rung):
                break
        else:
            for rung in self.high:
                if await accepts(rung):
                    break
        in_batch = [self._longer(rejected[-1]).batch] if accepted and rejected else []
        more = [*self._variants(accepted), *filter(None, in_batch)]
        return [*results, *[await send(probe) for probe in more]]

    def _longer(self, rung: Rung) -> Rung:
        """The rung after *rung*: an input that is just above a limit has most of its other end after a truncation."""
        ascending = [*self.rungs, *reversed(self.high)]
        return ascending[min(ascending.index(rung) + 1, len(ascending) - 1)]

    def _variants(self, accepted: Sequence[Rung]) -> Iterator[Probe]:
        if accepted and self.endings:
            yield accepted[-1].other_end
        low = [rung for rung in accepted if rung in self.rungs]
        if low and self.beginnings:
            yield low[-1].other_beginning


def _texts(context: Context, requirement: Requirement) -> Check:
    def rung(count: int, model: str | None = context.model) -> Rung:
        named = model_property(context.contract, model)

        def probe(words: Sequence[str], difference: str = "") -> Probe:
            description = f"a text of about {counted(count, 'token')}{difference}"
            made = context.input_probe(description, " ".join(words), **named)
            is_safe = count <= SAFE_TOKENS and model == context.model
            return made if is_safe else replace(made, expect=Expect.EITHER)

        def batch(*texts: Sequence[str]) -> Probe:
            description = f"a batch of two texts of about {counted(count, 'token')}"
            return context.input_probe(description, [" ".join(words) for words in texts], **named)

        return _rung(probe, batch, LADDER_WORDS, count)

    others = [model for model in context.contract.known_models if model != context.model]
    ladders = [
        Ladder(_available(rung, RUNGS) or [rung(RUNGS[0])], _available(rung, LONG_TEXTS)),
        *(
            Ladder(_available(partial(rung, model=model), OTHER_MODELS), endings=False, beginnings=False)
            for model in others
        ),
    ]
    return _check(context, requirement, ladders, context.needs_of("a"))


def _arrays(context: Context, requirement: Requirement) -> Check:
    def rung(count: int) -> Rung:
        def probe(ids: Sequence[int], difference: str = "") -> Probe:
            description = f"an array of {counted(count, 'token')}{difference}"
            try:
                made = context.input_probe(description, [*ids])
            except (NotAllowed, NotSupported):
                made = context.input_probe(f"{description} in an array", [[*ids]])
            return replace(made, expect=Expect.EITHER)

        def batch(*arrays: Sequence[int]) -> Probe:
            description = f"a batch of two arrays of {counted(count, 'token')}"
            return context.input_probe(description, [[*ids] for ids in arrays])

        return _rung(probe, batch, TOKENS, count)

    lengths = [*RUNGS, *_largest_array(context)]
    rungs = _available(rung, lengths) or [rung(RUNGS[0])]
    inputs = [context.roles.texts_of(each.usual.payload) for each in rungs]
    only = Ladder(rungs, _available(rung, LONG_ARRAYS), beginnings=False)
    return _check(context, requirement, [only], context.needs_of(*inputs))


def _batch(context: Context, requirement: Requirement) -> Check:
    """Compare long texts in a batch with the same texts alone."""
    texts = [" ".join(make(LADDER_WORDS, RUNGS[-1])) for make in (growing_sequence, with_other_end)]
    texts = texts[: context.batch_size(len(texts))]
    probes = [
        *(context.input_probe("a long text alone", text) for text in texts),
        context.input_probe("a batch of long texts", texts),
    ]
    pairs = [SameVector(len(texts), place, index=place) for place in range(len(texts))]
    compare = compare_pairs(pairs, "the same vector as in a request with only this text")
    either = [replace(probe, expect=Expect.EITHER) for probe in probes]
    return relation_check(requirement, context.answers, either, compare, context.needs_of("a", ["a"]))


def _largest_array(context: Context) -> Iterator[int]:
    """The contract's limit for the number of tokens in an array, if it is well above RUNGS."""
    for form in context.contract.forms_of_texts:
        limit = form.node.get("maxItems")
        if form.items is not None and form.items.type == "integer" and isinstance(limit, int):
            yield from [min(limit, LONG_TEXTS[-1])] if limit > 1.5 * RUNGS[-1] else ()


def _rung(probe: Callable[..., Probe], batch: Callable[..., Probe], values: Sequence[T], count: int) -> Rung:
    usual, other_end = growing_sequence(values, count), with_other_end(values, count)
    both = None
    with suppress(NotAllowed, NotSupported):
        both = replace(batch(usual, other_end), expect=Expect.EITHER)
    return Rung(
        probe(usual),
        probe(other_end, " with another end"),
        probe(with_other_beginning(values, count), " with another beginning"),
        both,
    )


def _available(make: Callable[[int], Rung], counts: Iterable[int]) -> list[Rung]:
    """The rungs that the contract and the declared capabilities allow."""
    made = []
    for count in counts:
        with suppress(NotAllowed, NotSupported):
            made.append(make(count))
    return made


def _check(
    context: Context, requirement: Requirement, ladders: Sequence[Ladder], needs: tuple[str, ...]
) -> Check:
    roles = context.roles

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        return [result for each in ladders for result in await each.climb(send)]

    @judges_all("different vectors for inputs that differ only in one part, or a 4xx")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        read = [
            (result, vector)
            for result in results
            for vector in context.answers.of(result.exchange).vectors or ()
        ]
        if len(read) < 2:
            raise _nothing_to_compare(results)
        for _, of_model in groupby(read, key=lambda pair: roles.model_of(pair[0].probe.payload)):
            for (first, one), (second, other) in combinations(of_model, 2):
                if identical_vectors(one, other):
                    expected = f"another vector than for {first.probe.description}"
                    shown = f"a vector that is almost the same: {describe_difference(one, other)}"
                    yield evidence(second, expected, found=shown, compared=(second, first))
                    return
        if (limit := _limit_to_declare(results, roles)) is not None:
            raise Remark(limit)

    probes = tuple(probe for each in ladders for probe in each.probes)
    extra = sum(len(each.high[1:]) + 1 for each in ladders)
    return Check(requirement, probes, judge, needs, procedure=procedure, extra=extra)


def _limit_to_declare(results: Sequence[ProbeResult], roles: Roles) -> str | None:
    """What to declare if the target rejects some lengths of its first model; None if it accepts all of them.

    A declared limit makes everything beyond it a request that must be rejected, so the proposed limit is not too low.
    """
    model = roles.model_of(results[0].probe.payload)
    alone = [result for result in results if _length(result, roles)]
    of_model = [result for result in alone if roles.model_of(result.probe.payload) == model]
    rejected = [_length(r, roles) for r in of_model if 400 <= r.exchange.status < 500]
    longest = max((_length(r, roles) for r in of_model if r.exchange.succeeded), default=0)
    if not rejected or not longest:
        return None
    return (
        f"an input of about {counted(longest, 'token')} is accepted, and one of about {min(rejected):,} is rejected;"
        " declare the limit of the model with the option limit (input-tokens=N)"
    )


def _length(result: ProbeResult, roles: Roles) -> int:
    """The number of words or tokens of the only input; 0 for a batch."""
    match roles.texts_of(result.probe.payload):
        case str(text) | [str(text)]:
            return len(text.split())
        case ([[*tokens]]) | ([int(), *_] as tokens):
            return len(tokens)
    return 0


def _nothing_to_compare(results: Sequence[ProbeResult]) -> Exception:
    if all(400 <= result.exchange.status < 500 for result in results):
        return NotObservable(f"the server rejects {results[0].probe.description}, which is allowed")
    return NothingToJudge("no two responses have vectors that can be compared")


CHECKS: Makers = {
    "meaning.batch.long": _batch,
    "meaning.truncation": _texts,
    "meaning.truncation.tokens": _arrays,
}
