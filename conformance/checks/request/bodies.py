"""Area ``request``: bodies that are valid or invalid by the schema, and malformed JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, is_no_server_error
from conformance.checks.makers import Makers, check_or_skipped
from conformance.checks.not_sent import NotSupported
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe
from conformance.generators.case import make_case
from conformance.generators.large_bounds import large_bounds
from conformance.validation import EMPTY_ITEM

from .named_values import with_named_values


def body_check(context: Context, requirement: Requirement) -> Check:
    """The check of a *requirement* of the area that has no maker of its own."""
    return check_or_skipped(requirement, partial(_check, context, requirement))


def _check(context: Context, requirement: Requirement) -> Check:
    """Valid bodies for *requirement* are accepted, invalid ones are rejected."""
    cases = context.valid.get(requirement.id, ())
    if cases and not context.supported(cases):
        raise NotSupported(context.missing(cases[0]))
    if reason := _reason(context, requirement):
        return Check.skipped(requirement, untestable=reason)
    probes = tuple(body_probes(context, requirement))
    if not probes:
        return Check.skipped(requirement, untestable=_without_bodies(context, requirement))
    check = Check(requirement, probes, as_expected, _needs(context, requirement))
    return with_named_values(context, check)


def _reason(context: Context, requirement: Requirement) -> str | None:
    """Why no request can violate *requirement*, so that a pass would show nothing."""
    bounds = large_bounds(context.contract)
    return bounds.get(requirement.id) or context.without_violation.get(requirement.id)


def _without_bodies(context: Context, requirement: Requirement) -> str:
    """Why no request is sent for *requirement*."""
    contract = context.contract
    others = [form for form in contract.request.branches if form is not contract.form]
    if contract.form is not contract.request and any(requirement.id.startswith(f"{o.name}.") for o in others):
        return "it is about a form of request that has no texts"
    return "no body can violate it in this contract"


def body_probes(context: Context, requirement: Requirement) -> Iterator[Probe]:
    """The probes for *requirement*: supported valid cases and invalid cases."""
    for case in context.supported(context.valid.get(requirement.id, ())):
        yield context.valid_case_probe(case)
    for case in context.invalid.get(requirement.id, ()):
        yield context.case_probe(case, Expect.REJECT)
    if requirement.id == EMPTY_ITEM:
        for where, value in (("alone", [""]), ("first", ["", "river"]), ("last", ["river", ""])):
            payload = context.roles.with_texts(json.loads(context.plain.body), value)
            description = f"an empty string {where} in an array"
            case = make_case(context.contract, requirement.id, description, payload)
            yield context.case_probe(case, Expect.REJECT)


def _needs(context: Context, requirement: Requirement) -> tuple[str, ...]:
    """Valid credentials are accepted, and so is the form of input that the requirement is about."""
    forms = [
        branch.id_of("type")
        for node in context.contract.request.walk()
        if "oneOf" in node.node
        for branch in node.branches
        if requirement.id.startswith(f"{branch.name}.") and branch.id_of("type") in context.valid
    ]
    return (context.authorized_by, *(form for form in forms if form != requirement.id))


def _no_crash(context: Context, requirement: Requirement) -> Check:
    """All malformed bodies: whether they are accepted or rejected is not judged."""
    catalogue = context.contract.catalogue
    malformed = [id for id in context.invalid if id.startswith("request.json.") and id in catalogue]
    probes = tuple(probe for id in malformed for probe in body_probes(context, catalogue[id]))
    return Check(requirement, probes, is_no_server_error, (context.authorized_by,))


CHECKS: Makers = {"request.json.no-crash": _no_crash}
