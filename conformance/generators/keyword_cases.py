"""Generated cases for the keywords and positions in a schema that have no cases made by hand.

The candidates are small changes of a valid value, and then values of a generator. Our own validator decides: a
candidate is a case if it violates the keyword, and nothing else of its schema but what is related to the keyword.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.examples import model_property
from conformance.contract.openapi.keywords import OWN
from conformance.contract.requirements.catalogue import from_schema
from conformance.contract.roles import merged_payload

from .budget import Steps
from .case import MAX_SHOWN, Case, make_case
from .large_bounds import large_bounds
from .mutations import value_mutations, with_named_constants
from .places import Place, request_places
from .schema_values import MAX_TRIED, raw_schema, values_of
from .valid import at_bound_of
from .wrong_values import violating_values

MAX_INVALID = 3
"""Invalid cases of one keyword."""

MAX_VALID = 2
"""Valid cases of one keyword."""

MAX_STEPS = 50_000
"""Values that are tried for one contract, each with its size: about five seconds. Documents of vendors need 5,000."""

SIZE_OF_STEP = 500
"""Characters of a request that make one step more."""

MAX_BYTES = 32 * 2**20
"""Bytes of the cases of one contract."""

MAX_VIOLATED = 20
"""Violations of one value that are compared."""

UNREACHED = "no valid request was found that has a value at this place"
NONE_FOUND = "no request was found that violates it and nothing else"
LIMITED = "the limit of generated requests was reached before one that violates it"
OTHER_FORM = "only the form of a request that has texts is sent"


@dataclass
class KeywordCases:
    """Cases by the id of their requirement; ``reasons`` says why no case violates another requirement."""

    valid: dict[str, list[Case]] = field(default_factory=dict)
    invalid: dict[str, list[Case]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def keyword_cases(
    contract: Contract, model: str | None, valid: Collection[str], invalid: Collection[str]
) -> KeywordCases:
    """Return cases for the requirements of the request's schema that have no *valid* or no *invalid* case by hand.

    The branches of anyOf have one requirement together. It gets cases for each keyword in them.
    """
    maker = _Maker(contract, model, KeywordCases())
    for place in request_places(contract, model, maker.values):
        if maker.is_exhausted:
            break
        for statement in _statements(place.node):
            maker.add(place, statement, valid, invalid)
    for id in maker.stated:
        is_sent_form = maker.is_branch(id) and (id in valid or maker.found.valid.get(id))
        if id not in invalid and not maker.found.invalid.get(id) and not is_sent_form:
            maker.found.reasons[id] = maker.reason(id)
    return maker.found


@dataclass(frozen=True)
class _Statement:
    """The requirement *id* on a value: by *keyword*, or on its member *name*."""

    id: str
    keyword: str
    name: str = ""


def _statements(node: Schema) -> Iterator[_Statement]:
    for child in node.non_nullable:
        yield _Statement(child.id_of("null"), "null", child.name.removeprefix(f"{node.name}."))
    for keyword in node.keywords():
        if keyword == "required":
            yield from (_Statement(f"{node.name}.{name}.required", keyword, name) for name in node.required)
        else:
            yield _Statement(node.id_of(keyword), keyword)


class _Maker:
    def __init__(self, contract: Contract, model: str | None, found: KeywordCases) -> None:
        self.found = found
        self.values = values_of(contract)
        self.stated = {r.id: contract.catalogue[r.id] for r in from_schema(contract.request)}
        self._contract, self._model = contract, model
        self._skipped = large_bounds(contract)
        self._reached: set[str] = set()
        self._steps, self._bytes = Steps(MAX_STEPS), 0
        self._branches = {node.id_of("type") for node in contract.request.walk() if node.branch}

    def is_branch(self, id: str) -> bool:
        """Whether *id* is the type of an alternative: a value of another type violates the alternatives as a whole."""
        return id in self._branches

    @property
    def is_exhausted(self) -> bool:
        """Whether the limit of steps or of size is reached."""
        return self._steps.are_exhausted or self._bytes > MAX_BYTES

    def add(
        self, place: Place, statement: _Statement, valid: Collection[str], invalid: Collection[str]
    ) -> None:
        """Add the cases of *statement* about the values of *place*, unless it has some."""
        id = place.instead or statement.id
        if id not in self.stated or id in self._skipped:
            return
        self._reached.add(id)
        if place.is_sent and statement.id not in valid and statement.keyword != "null" and not place.instead:
            self.found.valid[id] = self._kept(islice(self._valid(place, statement), MAX_VALID))
        if place.instead or id not in invalid:
            cases = islice(self._invalid(place, statement, id), 1 if place.instead else MAX_INVALID)
            self.found.invalid.setdefault(id, []).extend(self._kept(cases))

    def _kept(self, cases: Iterator[Case]) -> list[Case]:
        kept = list(cases)
        self._bytes += sum(len(case.body) for case in kept)
        return kept

    def reason(self, id: str) -> str:
        """Why there is no case that violates *id*."""
        if self.is_exhausted or self.values.draws.are_exhausted:
            return LIMITED
        if id not in self._reached:
            return UNREACHED
        return OTHER_FORM if self.is_branch(id) else NONE_FOUND

    def _valid(self, place: Place, statement: _Statement) -> Iterator[Case]:
        node = place.node
        at_bound = () if statement.name else (value for _, value in at_bound_of(node, statement.keyword))
        for value in chain(at_bound, [place.usual], self.values.valid(node)):
            case = make_case(
                self._contract,
                statement.id,
                _description(place, value),
                self._with_model(place.insert(value)),
            )
            if case.valid:
                yield case

    def _with_model(self, payload: Any) -> Any:
        """*payload* for the model of the run, in any form of a request, unless it names a model of the contract."""
        named = self._contract.roles.model_of(payload)
        if named is None or named in self._contract.known_models:
            return payload
        return merged_payload(payload, model_property(self._contract, self._model))

    def _invalid(self, place: Place, statement: _Statement, id: str) -> Iterator[Case]:
        node = place.node
        if statement.keyword == "type" and node.branch:
            return
        tried = islice(_wrong(place, statement, self.values.valid(node)), MAX_TRIED)
        cases = self._exact(place, statement, id, tried)
        first = next(cases, None)
        if first is None and not place.instead and _is_generated(node, statement):
            generated = self._generated(node, statement.keyword)
            cases = self._exact(place, statement, id, generated)
            first = next(cases, None)
        yield from () if first is None else chain([first], cases)

    def _exact(
        self, place: Place, statement: _Statement, id: str, candidates: Iterator[Any]
    ) -> Iterator[Case]:
        """The invalid cases with those *candidates* that violate *id* and nothing unrelated; each body once."""
        seen: set[bytes] = set()
        steps = 1 + len(json.dumps(place.insert(place.usual))) // SIZE_OF_STEP
        for value in candidates:
            self._steps.take(steps)
            if self._violates_only(place, statement, value):
                case = self._case(place, id, value)
                wanted = not place.instead or id in case.violations
                if case.violations and wanted and case.body not in seen:
                    seen.add(case.body)
                    yield case

    def _violates_only(self, place: Place, statement: _Statement, value: Any) -> bool:
        validator = self.values.validator(place.node)
        if place.instead or validator.accepts(value):
            return not validator.accepts(value)
        violated = {violation.requirement for violation in islice(validator.violations(value), MAX_VIOLATED)}
        requirement = self.stated[statement.id]
        related = {id for id in requirement.related if id in self.stated}
        near = {id for id in related if self.stated[id].template == requirement.template}
        return violated <= {statement.id, *related} and not violated.isdisjoint({statement.id, *near})

    def _generated(self, node: Schema, keyword: str) -> Iterator[Any]:
        """Generated values that violate *keyword* alone, and then values that violate anything in *node*."""
        raw = raw_schema(node)
        own = {keyword: raw.get(keyword), **node.node.get(f"x-with-{keyword}", {})}
        others = {key: value for key, value in raw.items() if key != keyword}
        yield from self.values.generated({"allOf": [others, {"not": own}]}, node)
        yield from self.values.generated(raw, node, negative=True)

    def _case(self, place: Place, id: str, value: Any) -> Case:
        return make_case(self._contract, id, _description(place, value), place.insert(value))


def _description(place: Place, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"{place.node.place}: {text if len(text) <= MAX_SHOWN else f'{text[:MAX_SHOWN]}...'}"


def _is_generated(node: Schema, statement: _Statement) -> bool:
    """Whether a generator may find a violation where simple values are none."""
    return statement.keyword not in OWN or isinstance(node.node.get(statement.keyword), list | dict)


def _wrong(place: Place, statement: _Statement, known: Sequence[Any]) -> Iterator[Any]:
    """Values that may violate *statement*: those made for its keyword first, then changes of valid values."""
    objects = [value for value in (place.usual, *known) if isinstance(value, dict)]
    if statement.keyword == "null":
        yield from ({**value, statement.name: None} for value in objects)
    elif statement.name:
        yield from ({k: v for k, v in value.items() if k != statement.name} for value in objects)
    else:
        yield from (value for _, value in violating_values(place.node, statement.keyword))
        raw = [place.node.node[statement.keyword], place.node.node.get(f"x-with-{statement.keyword}")]
        for value in (place.usual, *known):
            yield from with_named_constants(value, {statement.keyword: raw[0], "x-with": raw})
            yield from value_mutations(value)
