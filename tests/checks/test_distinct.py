"""Checks that different inputs have different vectors, of servers that accept all, some or none of them."""

from __future__ import annotations

import json

import pytest

from conformance.checks.context import Context
from conformance.checks.distinct import (
    COUNT,
    Pair,
    all_different,
    distinct_vectors,
    place_alone,
    places_together,
)
from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.credentials import Credentials
from conformance.engine import Check, Expect, ProbeResult, Verdict, judge_check
from conformance.http_client import Exchange, Response
from tests.checks.exchanges import payload
from tests.mutants.setup import credentials

CONTRACT = Contract.load()
REQUIREMENT = CONTRACT.catalogue["meaning.different.words"]
ONE, OTHER = [0.6, 0.8], [0.8, -0.6]


@pytest.fixture
def context() -> Context:
    return context_with()


def context_with(*unsupported: str) -> Context:
    capabilities = DeclaredCapabilities.read(unsupported)
    model = CONTRACT.example_model or ""
    return Context(CONTRACT, Credentials.sort(CONTRACT, credentials(CONTRACT)), model, None, capabilities)


def judged(context: Context, check: Check, *bodies: tuple[int, object]) -> tuple[Verdict, str, str]:
    """The verdict for responses with these statuses and bodies, the expectation and the finding."""
    results = []
    for probe, (status, body) in zip(check.probes, bodies, strict=True):
        response = Response(status, (("content-type", "application/json"),), json.dumps(body).encode())
        exchange = context.answers.read(Exchange(probe.request, response, None, 0.1))
        results.append(ProbeResult(probe, exchange))
    outcome = judge_check(check, results, None)
    evidence = outcome.evidence[0] if outcome.evidence else None
    return (
        outcome.verdict,
        evidence.expected if evidence else outcome.reason,
        evidence.actual if evidence else "",
    )


def check_of(context: Context, pairs: list[Pair], **options: object) -> Check:
    return distinct_vectors(context, REQUIREMENT, "different vectors", pairs, **options)  # type: ignore[arg-type]


def test_equal_vectors_are_evidence_that_names_both_inputs(context: Context) -> None:
    check = check_of(context, [Pair(place_alone(context, "river"), place_alone(context, "stone"))])
    verdict, expected, found = judged(context, check, (200, payload(ONE)), (200, payload(ONE)))
    assert verdict is Verdict.FAIL
    assert expected == "a vector other than that of 'river'"
    assert found == "for 'stone': a cosine similarity of 1.000000"


def test_different_vectors_pass(context: Context) -> None:
    check = check_of(context, [Pair(place_alone(context, "river"), place_alone(context, "stone"))])
    assert judged(context, check, (200, payload(ONE)), (200, payload(OTHER)))[0] is Verdict.PASS


def test_an_input_that_may_be_rejected_is_no_failure_beside_an_accepted_one(context: Context) -> None:
    check = check_of(context, [Pair(place_alone(context, "river"), place_alone(context, " ", either=True))])
    assert judged(context, check, (200, payload(ONE)), (400, {}))[0] is Verdict.NOT_TESTED


def test_vectors_that_must_be_equal_are_compared_too(context: Context) -> None:
    batch = places_together(context, ["river", "stone"])
    check = check_of(context, [Pair(place_alone(context, "stone"), batch[1], equal=True)])
    right = (200, payload(OTHER)), (200, payload(ONE, OTHER))
    assert judged(context, check, *right)[0] is Verdict.PASS
    wrong = (200, payload(OTHER)), (200, payload(OTHER, ONE))
    assert judged(context, check, *wrong)[0] is Verdict.FAIL


def test_what_a_target_rejects_is_not_compared(context: Context) -> None:
    places = [place_alone(context, text, either=True) for text in ("river", "stone", "violin")]
    check = check_of(context, all_different(places))
    rejected = 400, {"error": {"message": "no"}}
    assert judged(context, check, (200, payload(ONE)), rejected, (200, payload(OTHER)))[0] is Verdict.PASS
    assert judged(context, check, (200, payload(ONE)), rejected, (200, payload(ONE)))[0] is Verdict.FAIL
    verdict, reason, _ = judged(context, check, rejected, rejected, rejected)
    assert verdict is Verdict.NOT_TESTED
    assert reason == "the server rejects these inputs, which is allowed"


def test_a_wrong_number_of_vectors_is_evidence_if_it_is_watched(context: Context) -> None:
    pairs = [Pair(place_alone(context, "river"), place_alone(context, "stone"))]
    bodies = (200, payload(ONE)), (200, payload(OTHER, ONE))
    verdict, expected, found = judged(context, check_of(context, pairs, watched=(COUNT,)), *bodies)
    assert verdict is Verdict.FAIL
    assert expected.endswith("1 embedding, one for each input")
    assert found == "2 embeddings"
    assert judged(context, check_of(context, pairs), *bodies)[0] is Verdict.BLOCKED


def test_an_order_sends_one_request_after_the_other(context: Context) -> None:
    one, other = place_alone(context, "river"), place_alone(context, "stone")
    check = check_of(context, [Pair(one, other)], order=[other, one])
    assert [probe.payload["input"] for probe in check.probes] == ["stone", "river"]
    assert check.procedure.__name__ == "send_in_sequence"


def test_without_batches_each_input_is_sent_alone() -> None:
    single = places_together(context_with("batch"), ["river", "stone"], either=True)
    assert [place.probe.payload["input"] for place in single] == ["river", "stone"]
    assert {place.probe.expect for place in single} == {Expect.EITHER}
    assert len({place.probe.key for place in places_together(context_with(), ["river", "stone"])}) == 1
