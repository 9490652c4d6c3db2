"""Area ``request``: texts of every kind, as inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from conformance.checks.admitted import if_admitted
from conformance.checks.context import Context
from conformance.checks.judges import meets_expectation
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe, each
from conformance.generators import sample_texts as texts

LONG = (400, 4000)
"""Words in a long text: beyond the limit of some models, and of nearly all."""


def text_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on texts."""
    needs = context.needs_of("a", ["a"])
    for id, probes in PROBES.items():
        requirement = context.contract.catalogue.get(id)
        if requirement is not None:
            yield if_admitted(requirement, partial(_check, context, requirement, probes, needs))


def _check(
    context: Context,
    requirement: Requirement,
    probes: Callable[[Context], Iterator[Probe]],
    needs: tuple[str, ...],
) -> Check:
    return Check(requirement, tuple(probes(context)), each(meets_expectation), needs)


def _unicode(context: Context) -> Iterator[Probe]:
    for description, value in texts.UNICODE.items():
        yield context.relating(f"a text of {description}", value)
    yield context.relating(
        "a batch of texts of many scripts", list(texts.UNICODE.values())[: context.most_texts]
    )


def _control(context: Context) -> Iterator[Probe]:
    for description, value in texts.CONTROL.items():
        yield context.relating(f"a text with {description}", value)
    batch = [*texts.CONTROL.values()][: context.most_texts]
    yield context.relating("a batch of texts with control characters", batch)


def _special_tokens(context: Context) -> Iterator[Probe]:
    for token in texts.SPECIAL_TOKENS:
        yield _either(context.relating(f"a text with {token}", f"river {token} stone"))
    batch = [f"river {token} stone" for token in texts.SPECIAL_TOKENS][: context.most_texts]
    yield _either(context.relating("a batch of texts with special tokens", batch))


def _doubtful(context: Context) -> Iterator[Probe]:
    for description, value in texts.DOUBTFUL.items():
        yield _either(context.relating(f"a text of {description}", value))


def _unknown_model(context: Context) -> Iterator[Probe]:
    yield context.unknown_model


def _long(context: Context) -> Iterator[Probe]:
    for words in LONG:
        yield _either(context.relating(f"a text of {words} words", texts.text(90, words)))


def _either(probe: Probe) -> Probe:
    return replace(probe, expect=Expect.EITHER)


PROBES: dict[str, Callable[[Context], Iterator[Probe]]] = {
    "request.text.unicode": _unicode,
    "request.text.control": _control,
    "request.text.special-tokens": _special_tokens,
    "request.text.edge-cases": _doubtful,
    "request.text.long": _long,
    "request.model.unknown": _unknown_model,
}
