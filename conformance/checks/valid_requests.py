"""Valid requests of every kind: all areas that judge accepted requests share them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from conformance.engine import Probe
from conformance.generators import Case, option_combinations, oversized_requests
from conformance.generators.valid import optional_values
from conformance.text import counted

from .context import Context
from .meaning.batch_sizes import batch_of
from .not_sent import NotAllowed, NotSupported

DIVIDED = 129
"""The texts of a batch with all options: more than most servers that divide batches put into a part."""

SIZE = 8
"""The dimensions of its vectors."""

TIMES = 3
"""How often a request with usual dimensions is sent: some servers honor them only sometimes."""


def valid_requests(context: Context) -> Iterable[Case]:
    """All valid cases, each once, including those that are declared unsupported."""
    cases = {case.body: case for cases in context.valid.values() for case in cases}
    for more in (option_combinations, oversized_requests):
        cases |= {case.body: case for case in more(context.contract, context.model)}
    return cases.values()


def accepted_probes(context: Context) -> tuple[Probe, ...]:
    """The probes of all supported valid requests, each once; those with dimensions several times.

    Some servers fail only for one encoding, only with a user, only from the second item on, or only sometimes.
    """
    cases = context.supported(valid_requests(context))
    probes = tuple(context.valid_case_probe(case) for case in cases)
    oversized = {case.body for case in oversized_requests(context.contract, context.model)}
    sized = [
        context.valid_case_probe(case)
        for case in cases
        if context.is_sized(case) and case.body not in oversized
    ]
    repeated = tuple(replace(probe, occurrence=number) for number in range(1, TIMES) for probe in sized)
    return (*probes, *repeated, *_batch_with_options(context), *_with_other_alternatives(context))


def _batch_with_options(context: Context) -> Iterator[Probe]:
    """A batch that some servers divide, with all optional properties: they may be lost in the parts."""
    nodes = context.contract.form.properties
    sizes = dict.fromkeys(context.sized_properties, SIZE)
    every = {**optional_values(context.contract), **sizes}
    last = {name: [value, *nodes[name].enumerated][-1] for name, value in every.items()}
    try:
        texts = batch_of(context.batch_size(DIVIDED))
    except (NotAllowed, NotSupported):
        return
    options = {name: value for name, value in last.items() if context.can_send(texts, **{name: value})}
    if options and context.can_send(texts, **options):
        yield context.input_probe(
            f"a batch of {counted(len(texts), 'text')}, {', '.join(options)}", texts, **options
        )


def _with_other_alternatives(context: Context) -> Iterator[Probe]:
    """A batch with each optional property, with every other given alternative: gateways route by credentials."""
    for names in context.given_alternatives:
        if names != context.credentials.alternative:
            cases = option_combinations(context.contract, context.model, only="an array of strings")
            for case in context.supported(cases):
                yield context.plain_probe(
                    case.description,
                    context.valid_case_probe(case).expect,
                    headers=context.credentials.headers(names),
                    body=case.body,
                )
