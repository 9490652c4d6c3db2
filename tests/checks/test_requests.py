"""The probes of the real suite: what they carry, and what they expect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Expect, Probe, Suite
from conformance.http_client import Request
from conformance.validation import validate_request
from tests.mutants.ground import Ground, credentials, failed
from tests.mutants.mutant import answers

CONTRACT = Contract.load()


@pytest.fixture(scope="module")
def suite() -> Suite:
    return build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes")


@pytest.fixture(scope="module")
def probes(suite: Suite) -> list[Probe]:
    return [probe for check in suite.checks.values() for probe in check.probes]


def test_every_requirement_has_a_check_that_sends_something(suite: Suite) -> None:
    assert suite.checks.keys() == CONTRACT.catalogue.under(()).keys()
    assert [id for id, check in suite.checks.items() if check.untestable] == []
    generating = {id for id, check in suite.checks.items() if check.extra > 0}
    assert generating - {id for id, check in suite.checks.items() if not check.probes} == {
        "meaning.native-dimensions"
    }
    assert generating == {id for id in CONTRACT.catalogue if id.startswith("property.")} | {
        "meaning.native-dimensions"
    }


def test_without_a_tokenizer_one_requirement_is_not_tested_and_says_so() -> None:
    checks = build_suite(CONTRACT, credentials(CONTRACT)).checks
    assert {id: check.untestable for id, check in checks.items() if check.untestable} == {
        "meaning.tokens": "no tokenizer was named (--conformance-tokenizer)"
    }


def test_every_check_is_of_its_own_requirement_and_in_the_catalogues_order(suite: Suite) -> None:
    assert [check.requirement for check in suite.checks.values()] == list(
        CONTRACT.catalogue.under(()).values()
    )


def test_the_canary_is_a_valid_request(suite: Suite) -> None:
    assert suite.canary.expect is Expect.ACCEPT
    assert validate_request(suite.canary.request.body, contract=CONTRACT) == []


def test_a_probe_to_accept_is_valid_and_well_framed(probes: list[Probe]) -> None:
    for probe in probes:
        if probe.expect is Expect.ACCEPT:
            assert validate_request(whole(probe.request), contract=CONTRACT) == [], probe.description
            assert probe.request.method == "POST"


STRANGERS = {
    *(f"{scheme.name} in the body" for scheme in CONTRACT.security.schemes),
    "no credentials, and a body cut off",
    "no credentials, and an empty object",
}
"""Probes of somebody without credentials whose body is at fault too: that is what they are about."""


def test_a_probe_to_refuse_has_one_reason_to_be_refused(suite: Suite, probes: list[Probe]) -> None:
    """Its body, its credentials, its method or its media type; body and credentials of some strangers."""
    plain = suite.canary.request
    friends = {probe.request.headers for probe in probes if probe.expect is Expect.ACCEPT}
    for probe in probes:
        if probe.expect is Expect.REJECT:
            request = probe.request
            headers, usual = dict(request.headers), dict(plain.headers)
            reasons = (
                bool(validate_request(whole(request), contract=CONTRACT)),
                request.headers not in friends and headers["Content-Type"] == usual["Content-Type"],
                request.method != plain.method,
                headers["Content-Type"] != usual["Content-Type"],
            )
            if probe.description == "the fields of a form":
                assert reasons == (True, False, False, True)
            elif probe.description in STRANGERS:
                assert reasons == (True, True, False, False)
            else:
                assert sum(reasons) == 1, probe.description


def test_one_request_is_not_expected_to_be_accepted_and_refused(probes: list[Probe]) -> None:
    expected: dict[Request, Expect] = {}
    for probe in probes:
        if probe.expect is not Expect.EITHER:
            assert expected.setdefault(probe.request, probe.expect) is probe.expect, probe.description


def test_a_may_expects_either(suite: Suite) -> None:
    for check in suite.checks.values():
        if check.requirement.level == "may":
            assert {probe.expect for probe in check.probes} == {Expect.EITHER}


def test_what_depends_on_the_model_expects_either(probes: list[Probe]) -> None:
    for probe in probes:
        payload = parsed(probe.request)
        if isinstance(payload, dict) and type(payload.get("dimensions")) is int and payload["dimensions"] > 0:
            assert probe.expect is Expect.EITHER, probe.description


def test_another_model_is_asked_for_everywhere_but_beside_a_second_one(suite: Suite) -> None:
    other = build_suite(CONTRACT, credentials(CONTRACT), "my-model")
    assert other.checks.keys() == suite.checks.keys()
    known = {
        (id, probe.expect)
        for id, check in other.checks.items()
        for probe in check.probes
        if b"text-embedding" in whole(probe.request)
    }
    assert known == {("state.cache.models", Expect.EITHER)}


def test_a_media_type_parameter_is_sent_as_such(suite: Suite) -> None:
    (probe,) = suite.checks["http.media-type.parameters"].probes
    assert dict(probe.request.headers)["Content-Type"] == "application/json; charset=utf-8"


def test_a_chunked_body_is_the_plain_one_in_pieces(suite: Suite) -> None:
    (probe,) = suite.checks["http.chunked"].probes
    assert isinstance(probe.request.body, tuple)
    assert len(probe.request.body) == 3
    assert whole(probe.request) == whole(suite.canary.request)


def test_an_answer_is_judged_on_all_forms_of_input_and_all_encodings(suite: Suite) -> None:
    payloads = [parsed(probe.request) for probe in suite.checks["response.count"].probes]
    kinds = {type(p["input"]) if not isinstance(p["input"], list) else type(p["input"][0]) for p in payloads}
    assert kinds == {str, int, list}
    assert {p.get("encoding_format") for p in payloads} == {None, "float", "base64"}
    assert any("user" in p for p in payloads)
    assert any("dimensions" in p for p in payloads)


def test_evidence_names_the_place(small: Ground) -> None:
    result = small.run(answers(lambda answer, _: answer["data"][-1].update(index=9)))
    assert failed(result) == {"response.index", "property.valid"}
    evidence = result.outcomes["response.index"].evidence[0]
    assert "/data/0/index" in evidence.expected
    assert evidence.actual == "9"
    assert evidence.probe


def whole(request: Request) -> bytes:
    body = request.body or b""
    return body if isinstance(body, bytes) else b"".join(body)


def parsed(request: Request) -> Any:
    try:
        return json.loads(whole(request))
    except (ValueError, RecursionError):
        return None
