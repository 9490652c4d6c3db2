"""Area ``property``: generated requests. The validator and the contract's security section say which are valid.

Hypothesis generates the requests and shrinks those that fail. The engine sends them like all other probes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.checks.context import Context
from conformance.checks.judges import meets_contract, meets_expectation
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    Probe,
    ProbeResult,
    Send,
    judges_all,
)
from conformance.generators import Case
from conformance.generators.case import make_case
from conformance.secret import Secret
from conformance.validation import Validator

from .search import MakeProbe, search_examples

MIN_INVALID = 0.1
"""The least share of requests that must be rejected, for checks whose subject is rejection."""


@dataclass(frozen=True)
class Generation:
    """How much is generated: *examples* for each property, from *seed*; ``classes`` counts the requests by class."""

    examples: int = 36
    seed: int = 0
    classes: Counter[str] = field(default_factory=Counter)


def generated_checks(context: Context, generation: Generation) -> Iterator[Check]:
    """A check for each property."""
    for id, make in CHECKS.items():
        if id in context.contract.catalogue:
            yield make(context, generation, context.contract.catalogue[id])


def _valid(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import valid_payloads

        payloads = valid_payloads(context.contract, context.model)
        return payloads.filter(lambda payload: not context.capabilities.missing(payload))

    make_probe = _payload_probe(context, generation, "valid")
    return _property(context, generation, requirement, strategy, make_probe, meets_contract(context.answers))


def _invalid(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import mutated_payloads

        return mutated_payloads(context.contract, context.model)

    def judge_one(result: ProbeResult) -> Evidence | None:
        return None if result.probe.expect is Expect.ACCEPT else meets_expectation(result)

    make_probe = _payload_probe(context, generation, "mutated")
    return _property(
        context, generation, requirement, strategy, make_probe, judge_one, must_have_invalid=True
    )


def _schemathesis(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.schemathesis_source import schemathesis_bodies

        return schemathesis_bodies(context.contract, context.model)

    make_probe = _payload_probe(context, generation, "schemathesis")
    return _property(
        context, generation, requirement, strategy, make_probe, meets_expectation, must_have_invalid=True
    )


def _credentials(context: Context, generation: Generation, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given

    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import credential_sets

        return credential_sets(security)

    def make_probe(kinds: Mapping[str, str]) -> Probe:
        valid = {name for name, kind in kinds.items() if kind == "valid" and name in given}
        valid |= {
            s.name
            for s in security.schemes
            if not s.secret and kinds.get(s.name) == "wrong" and s.name in given
        }
        expect = Expect.REJECT
        if security.accepts(valid):
            # A target may reject additional credentials, unless they are valid.
            expect = Expect.ACCEPT if valid == kinds.keys() else Expect.EITHER
        bad = {
            name: WRONG if kind == "wrong" else Secret("") for name, kind in kinds.items() if kind != "valid"
        }
        secret = {name: value for name, value in bad.items() if security[name].secret}
        empty = {name: value for name, value in bad.items() if not security[name].secret and not value}
        headers = context.credentials.headers(kinds, {**secret, **empty})
        generation.classes[f"credentials, to {expect.value}"] += 1
        shown = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        description = f"the credentials {shown}" if shown else "no credentials"
        return context.plain_probe(description, expect, headers=headers)

    check = _property(
        context, generation, requirement, strategy, make_probe, meets_expectation, must_have_invalid=True
    )
    untestable = "" if not security.accepts(()) else "the contract requires no credentials"
    complete = [names for names in security.alternatives if names <= given.keys()]
    return replace(check, needs=context.acceptance_of(*complete), untestable=untestable)


def _payload_probe(context: Context, generation: Generation, source: str) -> MakeProbe:
    def make_probe(payload: Any) -> Probe:
        case = make_case(context.contract, "", f"a {source} payload", payload)
        expect = expected_result(context, case)
        generation.classes[f"{source}, to {expect.value}"] += 1
        for violated in case.violations:
            generation.classes[f"{source}, against {violated}"] += 1
        probe = context.case_probe(case, expect)
        against = f" against {', '.join(sorted(case.violations))}" if case.violations else ""
        return replace(probe, description=f"{probe.description}{against}")

    return make_probe


def expected_result(context: Context, case: Case) -> Expect:
    """What a correct target does with a generated *case*: rejects a violated MUST, and accepts a plain valid case."""
    levels = {context.contract.catalogue[id].level for id in case.violations}
    if "must" in levels:
        return Expect.REJECT
    if levels or context.missing(case):
        return Expect.EITHER
    probe = context.valid_case_probe(case)
    roles = context.roles
    plain = roles.model_of(probe.payload) == context.model and _is_plain(roles.texts_of(probe.payload))
    return probe.expect if plain and _has_texts_form(context, probe.payload) else Expect.EITHER


def _has_texts_form(context: Context, payload: object) -> bool:
    """Whether a valid request is in the form for texts: a target may support no other form."""
    contract = context.contract
    return contract.form is contract.request or Validator(contract.form, contract.catalogue).accepts(payload)


def _is_plain(value: Any) -> bool:
    """Whether every tokenizer and model accepts an input: printable texts with words, or ids of every vocabulary."""
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    if isinstance(value, str):
        return value.isprintable() and any(c.isalnum() for c in value)
    return isinstance(value, int) and 97 <= value <= 122


def _property(
    context: Context,
    generation: Generation,
    requirement: Requirement,
    strategy: Callable[[], Any],
    make_probe: MakeProbe,
    judge_one: Callable[[ProbeResult], Evidence | None],
    *,
    must_have_invalid: bool = False,
) -> Check:
    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        def is_met(result: ProbeResult) -> bool:
            return result.inconclusive != "" or judge_one(result) is None

        return await search_examples(
            strategy, make_probe, send, is_met, examples=generation.examples, seed=generation.seed
        )

    @judges_all("for each generated request, what the contract requires")
    def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        found = [problem for result in results if (problem := judge_one(result)) is not None]
        invalid = sum(result.probe.expect is Expect.REJECT for result in results)
        if not found and must_have_invalid and invalid < MIN_INVALID * len(results):
            raise NotObservable(f"only {invalid} of {len(results)} generated requests had to be rejected")
        return found[-1:]

    needs = (context.authorized_by,)
    # Requests that shrink a failing one are repeats, which no plan has.
    return Check(requirement, (), judge, needs, procedure=procedure, extra=generation.examples)


CHECKS: Mapping[str, Callable[[Context, Generation, Requirement], Check]] = {
    "property.valid": _valid,
    "property.invalid": _invalid,
    "property.schemathesis": _schemathesis,
    "property.credentials": _credentials,
}
