"""Checks with few requests, for a preset: each requirement is tested in its cheapest form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from conformance.contract.roles import MissingRole
from conformance.engine import Check, Probe, send_concurrently, send_in_sequence
from conformance.generators.sample_texts import mixed_lengths

from .context import Context
from .http.sizes import long_paragraphs
from .not_sent import NotAllowed, NotSupported

MANY = 50
"""Probes of a check that needs responses of all kinds."""

FEW_TEXTS = 5
SIZE = 8
"""Length of a shortened vector."""

EXAMPLES = 4
"""Generated requests for each property."""


def reduced_checks(context: Context, checks: Mapping[str, Check]) -> dict[str, Check]:
    """*checks* by id, each with as few requests as show the usual faults, and without a canary after it."""
    few = few_valid_requests(context)
    return {id: _reduced(check, few) for id, check in checks.items()}


def _reduced(check: Check, few: tuple[Probe, ...]) -> Check:
    if check.without_requests:
        return check
    found = check.reduced or check
    if check.reduced is None and check.procedure in (send_concurrently, send_in_sequence):
        if check.requirement.area == "response" and len(check.probes) > MANY:
            found = replace(check, probes=few)
        elif check.judge.of_each:
            found = replace(check, probes=tuple(dict.fromkeys((check.probes[0], check.probes[-1]))))
    is_reduced = len(found.probes) + found.extra < len(check.probes) + check.extra
    return replace(found, reduced=None, is_reduced=is_reduced, has_canary=False)


def few_valid_requests(context: Context) -> tuple[Probe, ...]:
    """Valid requests of the kinds that servers most often answer wrongly. Other checks send most of them too."""
    return (context.canary, *_batches(context), *_sized(context), *long_paragraphs(context))


def _batches(context: Context) -> Iterator[Probe]:
    """A batch in each encoding."""
    for encoding in ("float", "base64"):
        with suppress(NotAllowed, NotSupported, MissingRole):
            texts = mixed_lengths(min(FEW_TEXTS, context.max_texts))
            yield context.input_probe(
                f"{encoding} of a batch", texts, **context.roles.named(encoding=encoding)
            )


def _sized(context: Context) -> Iterator[Probe]:
    """A text with a length for its vector."""
    for name in context.sized_properties:
        with suppress(NotAllowed, NotSupported):
            yield context.input_probe(f"a text with {name} {SIZE}", mixed_lengths(1)[0], **{name: SIZE})
