"""Area ``property``: generated requests, each judged by what our own validator and the security algebra say of it.

Hypothesis generates, and brings what fails to its smallest form; the probes go the way of all others.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.checks.context import Context
from conformance.checks.judges import meets_contract, meets_expectation
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import Ask, Check, Evidence, Expect, NotObservable, Probe, ProbeResult
from conformance.generators import Case
from conformance.generators.case import make_case
from conformance.secret import Secret

from .search import SHRINKS, Draw, search

SHARE = 0.1
"""The share of true negatives under which a source of broken requests has not exercised anything."""


@dataclass(frozen=True)
class Generation:
    """How much is generated: *examples* for each property, from *seed*; ``classes`` counts what came."""

    examples: int = 40
    seed: int = 0
    classes: Counter[str] = field(default_factory=Counter)


def generated_checks(context: Context, generation: Generation) -> Iterator[Check]:
    """A check for each property."""
    for id, make in PROPERTIES.items():
        if id in context.contract.catalogue:
            yield make(context, generation, context.contract.catalogue[id])


def _valid(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import valid_payloads

        payloads = valid_payloads(context.contract, context.model)
        return payloads.filter(lambda payload: not context.claims.lacking(payload))

    draw = _payload_probe(context, generation, "valid")
    return _property(context, generation, requirement, strategy, draw, meets_contract(context.contract))


def _broken(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import broken_payloads

        return broken_payloads(context.contract, context.model)

    def judge_one(answer: ProbeResult) -> Evidence | None:
        return None if answer.probe.expect is Expect.ACCEPT else meets_expectation(answer)

    draw = _payload_probe(context, generation, "broken")
    return _property(context, generation, requirement, strategy, draw, judge_one, negatives=True)


def _foreign(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.generators.schemathesis_source import foreign_bodies

        return foreign_bodies(context.contract, context.model)

    draw = _payload_probe(context, generation, "schemathesis")
    return _property(context, generation, requirement, strategy, draw, meets_expectation, negatives=True)


def _credentials(context: Context, generation: Generation, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given

    def strategy() -> Any:
        from conformance.generators.hypothesis_strategies import credential_sets

        return credential_sets(security)

    def draw(kinds: Mapping[str, str]) -> Probe:
        valid = {name for name, kind in kinds.items() if kind == "valid" and name in given}
        valid |= {
            s.name
            for s in security.schemes
            if not s.secret and kinds.get(s.name) == "wrong" and s.name in given
        }
        expect = Expect.REJECT
        if security.accepts(
            valid
        ):  # Only valid credentials beyond an alternative are sure to be no harm to it.
            expect = Expect.ACCEPT if valid == kinds.keys() else Expect.EITHER
        bad = {
            name: WRONG if kind == "wrong" else Secret("") for name, kind in kinds.items() if kind != "valid"
        }
        secret = {name: value for name, value in bad.items() if security[name].secret}
        empty = {name: value for name, value in bad.items() if not security[name].secret and not value}
        headers = context.credentials.headers(kinds, {**secret, **empty})
        generation.classes[f"credentials, to {expect.value}"] += 1
        shown = ", ".join(f"{name} {kind}" for name, kind in kinds.items()) or "nobody"
        return context.plain_probe(f"the credentials {shown}", expect, headers=headers)

    check = _property(context, generation, requirement, strategy, draw, meets_expectation, negatives=True)
    untestable = "" if not security.accepts(()) else "the contract asks for no credentials"
    whole = [names for names in security.alternatives if names <= given.keys()]
    return replace(check, needs=context.acceptance_of(*whole), untestable=untestable)


def _payload_probe(context: Context, generation: Generation, source: str) -> Draw:
    def draw(payload: Any) -> Probe:
        case = make_case(context.contract, "", f"a {source} payload", payload)
        expect = expectation(context, case)
        generation.classes[f"{source}, to {expect.value}"] += 1
        for violated in case.violations:
            generation.classes[f"{source}, against {violated}"] += 1
        return context.probe(case, expect)

    return draw


def expectation(context: Context, case: Case) -> Expect:
    """What a correct target answers to a generated *case*: refused if it violates a MUST, accepted if it is plain."""
    levels = {context.contract.catalogue[id].level for id in case.violations}
    if "must" in levels:
        return Expect.REJECT
    if levels:
        return Expect.EITHER
    if context.lacking(case):
        return Expect.EITHER
    payload = json.loads(case.body)
    plain = payload.get("model") == context.model and _plain(payload.get("input"))
    return context.accepting(case).expect if plain else Expect.EITHER


def _plain(value: Any) -> bool:
    """Whether no tokenizer and no model can object: words, and ids that every vocabulary has."""
    if isinstance(value, list):
        return all(_plain(item) for item in value)
    if isinstance(value, str):
        return value.isprintable() and any(c.isalnum() for c in value)
    return isinstance(value, int) and 97 <= value <= 122


def _property(
    context: Context,
    generation: Generation,
    requirement: Requirement,
    strategy: Callable[[], Any],
    draw: Draw,
    judge_one: Callable[[ProbeResult], Evidence | None],
    *,
    negatives: bool = False,
) -> Check:
    async def conduct(ask: Ask, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        def is_met(answer: ProbeResult) -> bool:
            return answer.inconclusive != "" or judge_one(answer) is None

        return await search(strategy, draw, ask, is_met, examples=generation.examples, seed=generation.seed)

    def judge(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
        found = [problem for answer in answers if (problem := judge_one(answer)) is not None]
        refusals = sum(answer.probe.expect is Expect.REJECT for answer in answers)
        if not found and negatives and refusals < SHARE * len(answers):
            raise NotObservable(f"only {refusals} of {len(answers)} generated requests had to be refused")
        return found[-1:]

    extra = generation.examples + SHRINKS
    return Check(requirement, (), judge, (context.authorized_by,), conduct=conduct, extra=extra)


PROPERTIES: Mapping[str, Callable[[Context, Generation, Requirement], Check]] = {
    "property.valid": _valid,
    "property.invalid": _broken,
    "property.schemathesis": _foreign,
    "property.credentials": _credentials,
}
