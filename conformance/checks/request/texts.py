"""Area ``request``: unusual texts as inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Maker, Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe
from conformance.generators import lookalikes
from conformance.generators import sample_texts as texts

LONG = (520, 8000)
"""Words in a long text: over the limit of some models, and over that of most. Other requirements share these texts."""

LONG_IN_BATCH = 1600
"""Words in a long text between others: over the limit of many models. More would cost too many tokens."""


def _check(make_probes: Callable[[Context], Iterator[Probe]]) -> Maker:
    def make(context: Context, requirement: Requirement) -> Check:
        return Check(requirement, tuple(make_probes(context)), as_expected, context.needs_of("a", ["a"]))

    return make


def _unicode(context: Context) -> Iterator[Probe]:
    for description, value in texts.UNICODE.items():
        yield context.input_probe(f"a text of {description}", value)
    batch = list(texts.UNICODE.values())[: context.max_texts]
    if context.takes_batches:
        yield context.input_probe("a batch of texts of many scripts", batch)


def _control(context: Context) -> Iterator[Probe]:
    for description, value in texts.CONTROL.items():
        yield context.input_probe(f"a text with {description}", value)
    batch = list(texts.CONTROL.values())[: context.max_texts]
    if context.takes_batches:
        yield context.input_probe("a batch of texts with control characters", batch)


def _special_tokens(context: Context) -> Iterator[Probe]:
    values = [f"river {token} stone" for token in texts.SPECIAL_TOKENS]
    for token, value in zip(texts.SPECIAL_TOKENS, values, strict=True):
        yield _either(context.input_probe(f"a text with {token}", value))
    batch = values[: context.max_texts]
    if context.takes_batches:
        yield _either(context.input_probe("a batch of texts with special tokens", batch))


def _edge_cases(context: Context) -> Iterator[Probe]:
    for description, value in texts.EDGE_CASES.items():
        yield _either(context.input_probe(f"a text of {description}", value))


def _long(context: Context) -> Iterator[Probe]:
    for words in LONG:
        yield _either(context.input_probe(f"a text of {words} words", _of(words)))
    batch = [texts.sample_text(58, 3), _of(LONG_IN_BATCH), texts.sample_text(59, 3)]
    if context.can_send(batch):
        yield _either(context.input_probe(f"a text of {LONG_IN_BATCH} words in a batch", batch))


def _of(words: int) -> str:
    """A text of so many words, each of which is one token in common vocabularies."""
    return " ".join(texts.growing_sequence(texts.LADDER_WORDS, words))


def _lookalikes(context: Context) -> Iterator[Probe]:
    for value in lookalikes.TEXTS:
        yield context.input_probe(f"the text {value}", value)


def _either(probe: Probe) -> Probe:
    return replace(probe, expect=Expect.EITHER)


CHECKS: Makers = {
    "request.text.unicode": _check(_unicode),
    "request.text.control": _check(_control),
    "request.text.special-tokens": _check(_special_tokens),
    "request.text.edge-cases": _check(_edge_cases),
    "request.text.long": _check(_long),
    "request.text.lookalikes": _check(_lookalikes),
}
