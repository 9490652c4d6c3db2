"""Area ``request``: the parameters of the contract in path, query and headers."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.contract.parameters import Parameter
from conformance.engine import Check, Expect

UNKNOWN = "no-such-value"


def _required(context: Context, requirement: Requirement) -> Check:
    parameter = _parameter(context, requirement)
    probe = context.plain_probe(
        f"without the {parameter.location} parameter {parameter.name}",
        Expect.REJECT,
        parameters={parameter: None},
    )
    return Check(requirement, (probe,), as_expected, (context.authorized_by,))


def _enumerated(context: Context, requirement: Requirement) -> Check:
    parameter = _parameter(context, requirement)
    if parameter.location == "path" and parameter not in context.sent.values:
        return Check.skipped(requirement, untestable="the base URL has the value of this parameter")
    value = _other_value(parameter)
    probe = context.plain_probe(
        f"the {parameter.location} parameter {parameter.name} with the value {value}",
        Expect.REJECT,
        parameters={parameter: value},
    )
    return Check(requirement, (probe,), as_expected, (context.authorized_by,))


def _parameter(context: Context, requirement: Requirement) -> Parameter:
    location, name = requirement.subject
    return next(p for p in context.contract.parameters if (p.location, p.name) == (location, name))


def _other_value(parameter: Parameter) -> str:
    """A value that is none of the enumeration, in any letter case."""
    known = {value.lower() for value in parameter.allowed}
    value = UNKNOWN
    while value in known:
        value += "-"
    return value


CHECKS: Makers = {
    "request.parameter.{label}.required": _required,
    "request.parameter.{label}.enum": _enumerated,
}
