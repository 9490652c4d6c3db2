"""Area ``http``: responses have the form and the headers that the contract declares for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, Judge, NotObservable, Probe, ProbeResult, judges_all


def _judge(context: Context, requirement: Requirement, expected: str, missing: str) -> Judge:
    """Judges responses, whose bodies and headers are read when they arrive. The run observes all other ones."""
    observed = context.whole_run.declared

    @judges_all(expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in results:
            if (problem := observed.problem(requirement.id, result.exchange)) is not None:
                yield evidence(result, problem[0], found=problem[1])
        if requirement.id not in observed.seen:
            raise NotObservable(missing)

    return judge


def _error(context: Context, requirement: Requirement) -> Check:
    (status,) = requirement.subject
    expected = f"in each {status} response, a body that is valid by its schema"
    judge = _judge(context, requirement, expected, f"no plain request got the declared status {status}")
    anonymous = context.plain_probe("no credentials", Expect.REJECT, headers=context.anonymous)
    return _of_whole_run(context, requirement, (*context.rejected_probes, anonymous), judge)


def _header(context: Context, requirement: Requirement) -> Check:
    (name,) = requirement.subject
    header = next(one for one in context.contract.responses.headers if one.name == name)
    presence = "the header" if header.required else "if present, the header"
    expected = f"in each successful response, {presence} {name} with a value of its schema"
    judge = _judge(context, requirement, expected, f"no response had the header {name}, which is optional")
    return _of_whole_run(context, requirement, (context.canary,), judge)


def _of_whole_run(
    context: Context, requirement: Requirement, probes: tuple[Probe, ...], judge: Judge
) -> Check:
    return Check(
        requirement,
        probes,
        judge,
        (context.authorized_by,),
        observes=requirement.id,
        last=Turn.WHOLE_RUN,
    )


CHECKS: Makers = {"http.error.{label}.schema": _error, "http.response.header.{label}": _header}
