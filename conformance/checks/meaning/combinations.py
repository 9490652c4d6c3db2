"""Area ``meaning``: input forms, batch sizes, texts, properties. For every two choices, one request has both."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from conformance.checks.common_choices import cause_of, narrowing_rows
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.generators.covering import Choice, Factors, Row, covering_rows
from conformance.generators.sample_texts import UNICODE, sample_text
from conformance.generators.valid import optional_values
from conformance.validation.embeddings import Vector, describe_difference, same_vector

EXPECTED = "the same vectors as when each input is sent alone with the same options"

FORM, COUNT, KIND = "form", "count", "kind"

COUNTS = (1, 2, 5)
"""Items of a batch."""

SIZES = (8, 64)
"""Requested lengths of a vector; the vectors of every model that can shorten are longer."""

KINDS: Mapping[str, str] = {
    "": sample_text(120, 6),
    "a text of many words": sample_text(121, 50),
    "a non-ASCII text": UNICODE["accents"],
    "a text with whitespace": f"{sample_text(122, 3)}\n\t{sample_text(123, 3)}",
}
TOKENS: Sequence[Sequence[int]] = [
    Random(f"tokens {length}").choices(range(97, 123), k=length) for length in (5, 6, 7, 24, 2 * SIZES[-1])
]
"""Arrays of token ids that every vocabulary has, shorter and longer than the requested lengths of vectors."""


@dataclass(frozen=True)
class Combined:
    """The requests of a covering array: *row* describes each, and *items* are its inputs.

    ``options`` are the optional properties that may change a vector.
    """

    probe: Probe
    row: Row
    items: Sequence[object]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """All requests: the combinations, and each input alone with each of their options."""

    context: Context

    @cached_property
    def tokens(self) -> list[Sequence[int]]:
        """The token arrays that the contract allows."""
        return [tokens for tokens in TOKENS if self.context.can_send(tokens)]

    @cached_property
    def factors(self) -> Factors:
        """The choices of a row."""
        return _factors(self.context)

    @cached_property
    def combined(self) -> list[Combined]:
        """The rows of the covering array that the contract allows and the target supports."""
        return self._all_combined(covering_rows(self.factors, _may_occur, together=(FORM, COUNT)))

    @cached_property
    def alone(self) -> dict[Hashable, Probe]:
        """The request for one input alone, by the input and the options."""
        return self._all_alone(self.combined)

    def add(self, rows: Iterable[Row]) -> list[Probe]:
        """Add further *rows*; their requests, and those for their inputs alone."""
        added = self._all_combined(row for row in rows if _may_occur([*row.values()]))
        alone = self._all_alone(added)
        self.combined.extend(added)
        self.alone.update(alone)
        return [*alone.values(), *(one.probe for one in added)]

    def _all_combined(self, rows: Iterable[Row]) -> list[Combined]:
        return [made for row in rows if (made := self._combined(row)) is not None]

    def _all_alone(self, combined: Sequence[Combined]) -> dict[Hashable, Probe]:
        wanted = {_key(item, one.options): (item, one.options) for one in combined for item in one.items}
        return {key: self._probe("an input alone", item, options) for key, (item, options) in wanted.items()}

    def _combined(self, row: Row) -> Combined | None:
        pool: Sequence[object] = self.tokens if row[FORM].value == "tokens" else list(KINDS.values())
        start = pool.index(row[KIND].value) if row[KIND].value in pool else 0
        count = row[COUNT].value
        items = [pool[(start + n) % len(pool)] for n in range(count or 1)]
        options = {factor: row[factor].value for factor in row if factor not in (FORM, COUNT, KIND)}
        options = {name: value for name, value in options.items() if value is not None}
        neutral = {self.context.roles.encoding, self.context.roles.user}
        try:
            described = ", ".join(choice.label for choice in row.values() if choice.label) or "no option"
            probe = self._probe(described, items if count else items[0], options)
        except (NotAllowed, NotSupported):
            return None
        return Combined(probe, row, items, {name: options[name] for name in options.keys() - neutral})

    def _probe(self, description: str, value: object, options: Mapping[str, Any]) -> Probe:
        return replace(self.context.input_probe(description, value, **options), after=())


def _factors(context: Context) -> Factors:
    """Input form, number of items, kind of text, and each optional property; the first choice is the plain one."""
    options = optional_values(context.contract)
    batches = [n for n in COUNTS if context.can_send(["river"] * n)]
    factors = {
        FORM: [Choice(FORM, "", "text")],
        COUNT: [Choice(COUNT, "", 0), *(Choice(COUNT, f"a batch of {n}", n) for n in batches)],
        KIND: [Choice(KIND, label, value) for label, value in KINDS.items()],
    }
    if context.can_send(TOKENS[0]):
        factors[FORM].append(Choice(FORM, "token arrays", "tokens"))
    for name, node in _optional(context).items():
        values = SIZES if name in context.sized_properties else node.enumerated or [options.get(name)]
        factors[name] = [Choice(name, "", None), *(Choice(name, f"{name} {v}", v) for v in values)]
    return factors


def _optional(context: Context) -> Mapping[str, Any]:
    root = context.contract.form
    others = {*root.required, context.roles.model}
    return {name: node for name, node in root.properties.items() if name not in others}


def _may_occur(chosen: Sequence[Choice]) -> bool:
    """Whether the kind of text is the plain one for token arrays."""
    tokens = any(choice.factor == FORM and choice.value == "tokens" for choice in chosen)
    return not (tokens and any(choice.factor == KIND and choice.label for choice in chosen))


def _key(item: object, options: Mapping[str, Any]) -> Hashable:
    return str(item), str(sorted(options.items()))


def _combinations(context: Context, requirement: Requirement) -> Check:
    plan = Plan(context)
    if not plan.combined:
        return Check.skipped(requirement, untestable="the contract allows no combination of options")

    def judge_rows(results: Sequence[ProbeResult]) -> list[tuple[Row, Evidence | None]]:
        by_key = {result.probe.key: result for result in results}
        sent = [one for one in plan.combined if one.probe.key in by_key]
        if not any(by_key[one.probe.key].exchange.succeeded for one in sent):
            raise NothingToJudge("no request with several options is accepted")
        return [(one.row, _judge(context, plan, one, by_key)) for one in sent]

    @judges_all(EXPECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        judged = judge_rows(results)
        cause = cause_of([row for row, found in judged if found], [row for row, found in judged if not found])
        for _, found in judged:
            if found is not None:
                yield replace(found, pattern=cause)

    def narrow(results: Sequence[ProbeResult]) -> Sequence[Probe]:
        judged = judge_rows(results)
        failing, passing = (
            [row for row, found in judged if bool(found) is failed] for failed in (True, False)
        )
        return plan.add(narrowing_rows(failing, passing, plan.factors))

    probes = (*plan.alone.values(), *(one.probe for one in plan.combined))
    return Check(requirement, probes, judge, context.needs_of("a", ["a"]), narrow=narrow)


def _judge(
    context: Context, plan: Plan, one: Combined, by_key: Mapping[Hashable, ProbeResult]
) -> Evidence | None:
    """Compare each vector of a response with the one for its input alone. Ignore what a target may reject."""
    result = by_key[one.probe.key]
    if not result.exchange.succeeded:
        return meets_expectation(_without_excuse(plan, one, result, by_key))
    found = context.answers.vectors_of(result.exchange)
    for place, item in enumerate(one.items):
        reference = by_key.get(plan.alone[_key(item, one.options)].key)
        wanted = _vector(context, reference)
        if reference is None or wanted is None:
            continue
        if not found or len(found) <= place:
            return evidence(result, EXPECTED, found="no vectors that can be compared")
        if not same_vector(found[place], wanted):
            difference = describe_difference(found[place], wanted)
            found_there = f"at position {place} {difference}"
            return evidence(result, EXPECTED, found=found_there, compared=(result, reference))
    return None


def _without_excuse(
    plan: Plan, one: Combined, result: ProbeResult, by_key: Mapping[Hashable, ProbeResult]
) -> ProbeResult:
    """*result*, which must be a success if each of its inputs was accepted alone, with the same options."""
    alone = (by_key.get(plan.alone[_key(item, one.options)].key) for item in one.items)
    if all(reference is not None and reference.exchange.succeeded for reference in alone):
        return replace(result, probe=replace(result.probe, expect=Expect.ACCEPT))
    return result


def _vector(context: Context, result: ProbeResult | None) -> Vector | None:
    read = None if result is None else context.answers.of(result.exchange).vectors
    return read[0] if read else None


CHECKS: Makers = {"meaning.combinations": _combinations}
