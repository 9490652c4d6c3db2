"""Area ``request``: unusual values of every property, of unknown properties, and of items."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, is_no_server_error
from conformance.checks.makers import Makers
from conformance.checks.property.generated import expected_result
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe
from conformance.generators.unusual_values import names_of_languages, unusual_cases


def _rejected(context: Context, requirement: Requirement) -> Check:
    probes = tuple(probe for probe in _probes(context) if probe.expect is Expect.REJECT)
    if not probes:
        return Check.skipped(requirement, untestable="the contract allows all unusual values")
    return Check(requirement, probes, as_expected, (context.authorized_by,))


def _no_crash(context: Context, requirement: Requirement) -> Check:
    """Values that the contract allows are among them: a target may have limits for those."""
    names = names_of_languages(context.contract, context.model)
    probes = (*_probes(context), *(context.case_probe(case, Expect.EITHER) for case in names))
    return Check(requirement, probes, is_no_server_error, (context.authorized_by,))


def _probes(context: Context) -> Iterator[Probe]:
    """Without values of properties that are declared unsupported: nothing says what a target does with those."""
    valid = {case.body for cases in context.valid.values() for case in cases}
    for case in unusual_cases(context.contract, context.model):
        if case.body not in valid and not context.missing(case):
            expect = expected_result(context, case)
            yield context.case_probe(case, Expect.REJECT if expect is Expect.REJECT else Expect.EITHER)


CHECKS: Makers = {"request.value.rejected": _rejected, "request.value.no-crash": _no_crash}
