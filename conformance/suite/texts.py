"""Area ``request``: texts of every kind, as inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe, each
from conformance.probes import texts

from .context import Context
from .judges import meets_expectation

LONG = (400, 4000)
"""Words in a long text: beyond the limit of some models, and of nearly all."""


def text_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on texts."""
    needs = context.needs_of("a", ["a"])
    for id, probes in PROBES.items():
        if id in context.contract.catalogue:
            yield Check(_requirement(context, id), tuple(probes(context)), each(meets_expectation), needs)


def _requirement(context: Context, id: str) -> Requirement:
    return context.contract.catalogue[id]


def _unicode(context: Context) -> Iterator[Probe]:
    for description, value in texts.UNICODE.items():
        yield context.relating(f"a text of {description}", value)
    yield context.relating("a batch of texts of many scripts", list(texts.UNICODE.values()))


def _control(context: Context) -> Iterator[Probe]:
    for description, value in texts.CONTROL.items():
        yield context.relating(f"a text with {description}", value)


def _special_tokens(context: Context) -> Iterator[Probe]:
    for token in texts.SPECIAL_TOKENS:
        yield _either(context.relating(f"a text with {token}", f"river {token} stone"))


def _doubtful(context: Context) -> Iterator[Probe]:
    for description, value in texts.DOUBTFUL.items():
        yield _either(context.relating(f"a text of {description}", value))


def _long(context: Context) -> Iterator[Probe]:
    for words in LONG:
        yield _either(context.relating(f"a text of {words} words", texts.text(90, words)))


def _either(probe: Probe) -> Probe:
    return replace(probe, expect=Expect.EITHER)


PROBES: dict[str, Callable[[Context], Iterator[Probe]]] = {
    "request.text.unicode": _unicode,
    "request.text.control": _control,
    "request.text.special-tokens": _special_tokens,
    "request.text.doubtful": _doubtful,
    "request.text.long": _long,
}
