"""Area ``property``: generated requests, each judged by what our own validator and the security algebra say of it.

Hypothesis generates, and shrinks what fails to its smallest form, in a thread of its own; the probes go the way of all
others. It is deterministic: one seed, no database.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract import Requirement
from conformance.engine import Answer, Ask, Check, Evidence, Expect, NotShown, Probe
from conformance.payload import first_of, validate_response
from conformance.probes import Case
from conformance.probes.case import make_case
from conformance.target import Secret

from .context import Context
from .door import WRONG
from .judges import evidence, meets_expectation, status_of

SHRINKS = 60
"""Requests that bringing one failure to its smallest form may cost."""

SHARE = 0.1
"""The share of true negatives under which a source of broken requests has not exercised anything."""


@dataclass(frozen=True)
class Generation:
    """How much is generated: *examples* for each property, from *seed*; ``classes`` counts what came."""

    examples: int = 40
    seed: int = 0
    classes: Counter[str] = field(default_factory=Counter)


GENERATING = threading.Lock()
"""Held by the one thread that runs Hypothesis, but while it waits for an answer.

It parses sources, and ``ast`` breaks in several threads at once (python/cpython#106905).
"""

Draw = Callable[[Any], Probe]


def generated_checks(context: Context, generation: Generation) -> Iterator[Check]:
    """A check for each property."""
    for id, make in PROPERTIES.items():
        if id in context.contract.catalogue:
            yield make(context, generation, context.contract.catalogue[id])


def _valid(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.probes.strategies import valid_payloads

        return valid_payloads(context.contract, context.model)

    draw = _payload_probe(context, generation, "valid")
    return _property(context, generation, requirement, strategy, draw, _judge_with_schema(context))


def _broken(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.probes.strategies import broken_payloads

        return broken_payloads(context.contract, context.model)

    def judge_one(answer: Answer) -> Evidence | None:
        return None if answer.probe.expect is Expect.ACCEPT else meets_expectation(answer)

    draw = _payload_probe(context, generation, "broken")
    return _property(context, generation, requirement, strategy, draw, judge_one, negatives=True)


def _foreign(context: Context, generation: Generation, requirement: Requirement) -> Check:
    def strategy() -> Any:
        from conformance.probes.foreign import foreign_bodies

        return foreign_bodies(context.contract, context.model)

    draw = _payload_probe(context, generation, "schemathesis")
    return _property(context, generation, requirement, strategy, draw, meets_expectation, negatives=True)


def _credentials(context: Context, generation: Generation, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given

    def strategy() -> Any:
        from conformance.probes.strategies import credential_sets

        return credential_sets(security)

    def draw(kinds: Mapping[str, str]) -> Probe:
        valid = {name for name, kind in kinds.items() if kind == "valid" and name in given}
        valid |= {
            s.name
            for s in security.schemes
            if not s.secret and kinds.get(s.name) == "wrong" and s.name in given
        }
        expect = Expect.REFUSE
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
    return replace(check, untestable=untestable)


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
        return Expect.REFUSE
    if levels:
        return Expect.EITHER
    payload = json.loads(case.body)
    plain = payload.get("model") == context.model and _plain(payload.get("input"))
    return context.accepting(case).expect if plain else Expect.EITHER


def _plain(value: Any) -> bool:
    """Whether no tokeniser and no model can object: words, and ids that every vocabulary has."""
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
    judge_one: Callable[[Answer], Evidence | None],
    *,
    negatives: bool = False,
) -> Check:
    async def conduct(ask: Ask, _: Sequence[Probe]) -> Sequence[Answer]:
        door = _Door(ask)

        def put(drawn: Any) -> Answer:
            probe = draw(drawn)
            GENERATING.release()
            try:
                return door.put(probe)
            finally:
                GENERATING.acquire()

        def search() -> Sequence[Answer]:
            with GENERATING:
                return _search(strategy, put, judge_one, generation)

        searching = asyncio.create_task(asyncio.to_thread(search))
        try:
            return await asyncio.shield(searching)
        except asyncio.CancelledError:
            door.close()
            with suppress(_Closed):
                await searching
            raise

    def judge(answers: Sequence[Answer]) -> Iterable[Evidence]:
        found = [problem for answer in answers if (problem := judge_one(answer)) is not None]
        refusals = sum(answer.probe.expect is Expect.REFUSE for answer in answers)
        if not found and negatives and refusals < SHARE * len(answers):
            raise NotShown(f"only {refusals} of {len(answers)} generated requests had to be refused")
        return found[-1:]

    extra = generation.examples + SHRINKS
    return Check(requirement, (), judge, (context.authorized_by,), conduct=conduct, extra=extra)


class _Closed(BaseException):
    """Ends the thread that generates; Hypothesis would take an Exception for an example that fails."""


class _Door:
    """The way from the thread that generates to the loop that asks, until it is closed: a thread is never cancelled."""

    def __init__(self, ask: Ask) -> None:
        self._ask, self._loop = ask, asyncio.get_running_loop()
        self._closed = False
        self._waiting: Future[Answer] | None = None

    def put(self, probe: Probe) -> Answer:
        """The answer to *probe*. Raises _Closed."""
        if self._closed:
            raise _Closed
        self._waiting = asyncio.run_coroutine_threadsafe(_put(self._ask, probe), self._loop)
        if self._closed:
            self._waiting.cancel()
        try:
            return self._waiting.result()
        except CancelledError:
            raise _Closed from None

    def close(self) -> None:
        """Put nothing more, and wait for no answer."""
        self._closed = True
        if self._waiting is not None:
            self._waiting.cancel()


async def _put(ask: Ask, probe: Probe) -> Answer:
    return await ask(probe)


def _judge_with_schema(context: Context) -> Callable[[Answer], Evidence | None]:
    """Meets its expectation; and an answer of 200 is valid against schema and relations."""

    def judge_one(answer: Answer) -> Evidence | None:
        problem = meets_expectation(answer)
        if problem is not None or status_of(answer.exchange) != 200:
            return problem
        response, sent = answer.exchange.response, answer.exchange.request.body
        assert response is not None
        sent = sent if isinstance(sent, bytes) else None
        must = first_of(validate_response(response.body, sent, contract=context.contract))
        if must is None:
            return None
        return evidence(answer, f"{must.expected} at {must.pointer or 'the body'}", found=must.found)

    return judge_one


class _Unmet(Exception):
    """Tells Hypothesis that an example fails."""


def _search(
    strategy: Callable[[], Any],
    put: Callable[[Any], Answer],
    judge_one: Callable[[Answer], Evidence | None],
    generation: Generation,
) -> Sequence[Answer]:
    """Answers to generated examples; where one fails, its smallest form comes last and stands for all that fail."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

    from conformance.probes.provider import BACKEND

    met: list[Answer] = []
    unmet: list[Answer] = []

    @seed(generation.seed)
    @settings(
        max_examples=generation.examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
        backend=BACKEND,
    )
    @given(strategy())
    def example(drawn: Any) -> None:
        if len(unmet) + len(met) >= generation.examples + SHRINKS:
            return
        answer = put(drawn)
        if judge_one(answer) is None or answer.inconclusive:
            met.append(answer)
            return
        unmet.append(answer)
        raise _Unmet

    try:
        example()
    except Exception:
        if not unmet:
            raise
    return [*met, *_smallest(unmet)]


def _smallest(unmet: Sequence[Answer]) -> Sequence[Answer]:
    return sorted(unmet, key=lambda answer: len(answer.exchange.request.body or b""))[:1]


PROPERTIES: Mapping[str, Callable[[Context, Generation, Requirement], Check]] = {
    "property.valid": _valid,
    "property.broken": _broken,
    "property.schemathesis": _foreign,
    "property.credentials": _credentials,
}
