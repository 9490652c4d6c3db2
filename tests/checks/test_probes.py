"""The probes of the real suite: their requests and their expectations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Expect, Probe, Suite
from conformance.generators.valid import OTHER_SIZE
from conformance.http_client import Request
from conformance.validation import validate_request
from tests.faulty_servers.faults import changes_result
from tests.mutants.setup import Setup, credentials, failed

CONTRACT = Contract.load()


SENDS_MORE = {
    "http.connection.close",
    "auth.transport",
    "http.size.accepted",
    "http.size.no-crash",
    "http.transport.invalid",
    "http.transport.valid",
    "meaning.native-dimensions",
    "meaning.truncation",
    "meaning.truncation.tokens",
    "request.encoding_format.enum",
    "state.burst",
    "state.disconnect",
    "state.latency",
    "state.same-text",
    "state.slow-client",
}
"""Requirements whose checks send further requests that depend on the responses."""


@pytest.fixture(scope="module")
def suite() -> Suite:
    return build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes")


@pytest.fixture(scope="module")
def probes(suite: Suite) -> list[Probe]:
    return [probe for check in suite.checks.values() for probe in check.probes]


def test_every_requirement_has_a_check_with_requests(suite: Suite) -> None:
    assert suite.checks.keys() == CONTRACT.catalogue.applicable(()).keys()
    assert [id for id, check in suite.checks.items() if check.untestable] == []
    generating = {id for id, check in suite.checks.items() if check.extra > 0}
    assert generating - {id for id, check in suite.checks.items() if not check.probes} == SENDS_MORE
    assert generating == {id for id in CONTRACT.catalogue if id.startswith("property.")} | SENDS_MORE


def test_without_a_tokenizer_one_requirement_is_untestable_and_gives_the_reason() -> None:
    checks = build_suite(CONTRACT, credentials(CONTRACT)).checks
    assert {id: check.untestable for id, check in checks.items() if check.untestable} == {
        "meaning.tokens": "it needs the server's tokenizer (option tokenizer)"
    }


def test_checks_are_in_the_order_of_the_catalogue(suite: Suite) -> None:
    assert [check.requirement for check in suite.checks.values()] == list(
        CONTRACT.catalogue.applicable(()).values()
    )


def test_the_canary_is_a_valid_request(suite: Suite) -> None:
    assert suite.canary.expect is Expect.ACCEPT
    assert validate_request(suite.canary.request.body, contract=CONTRACT) == []


def test_a_probe_that_must_be_accepted_is_a_valid_post_request(probes: list[Probe]) -> None:
    for probe in probes:
        if probe.expect is Expect.ACCEPT:
            assert validate_request(probe.request.content or b"", contract=CONTRACT) == [], probe.description
            assert probe.request.method == "POST"


ANONYMOUS_AND_INVALID = {
    *(f"{scheme.name} in the body" for scheme in CONTRACT.security.schemes),
    "no credentials, and a truncated body",
    "no credentials, and an empty object",
}
"""Probes without credentials whose body is invalid too, as their requirements need."""


def test_a_probe_that_must_be_rejected_has_one_defect(suite: Suite, probes: list[Probe]) -> None:
    """The defect is in the body, the credentials, the method, the media type or the length; some probes have two."""
    plain = suite.canary.request
    authorized = {probe.request.headers for probe in probes if probe.expect is Expect.ACCEPT}
    for probe in probes:
        if probe.expect is Expect.REJECT:
            request = probe.request
            headers, usual = dict(request.headers), dict(plain.headers)
            defects = (
                bool(validate_request(whole(request), contract=CONTRACT)),
                request.headers not in authorized and headers["Content-Type"] == usual["Content-Type"],
                request.method != plain.method,
                headers["Content-Type"] != usual["Content-Type"],
                bool(request.transport.lengths),
            )
            if probe.description == "the fields of a form":
                assert defects == (True, False, False, True, False)
            elif probe.description in ANONYMOUS_AND_INVALID:
                assert defects == (True, True, False, False, False)
            else:
                assert sum(defects) == 1, probe.description


def test_no_request_is_expected_to_be_both_accepted_and_rejected(probes: list[Probe]) -> None:
    expected: dict[Request, Expect] = {}
    for probe in probes:
        if probe.expect is not Expect.EITHER:
            assert expected.setdefault(probe.request, probe.expect) is probe.expect, probe.description


def test_a_may_expects_either(suite: Suite) -> None:
    """Except those on the body of a rejection: their requests must be rejected."""
    for check in suite.checks.values():
        if check.requirement.level == "may" and not check.requirement.id.startswith("http.error."):
            assert {probe.expect for probe in check.probes} == {Expect.EITHER}


def test_probes_that_depend_on_the_model_expect_either(probes: list[Probe]) -> None:
    for probe in probes:
        payload = parsed(probe.request)
        if isinstance(payload, dict) and type(payload.get("dimensions")) is int and payload["dimensions"] > 0:
            assert probe.expect is Expect.EITHER, probe.description


def test_all_probes_use_the_given_model_except_those_that_need_a_second_one(suite: Suite) -> None:
    other = build_suite(CONTRACT, credentials(CONTRACT), "my-model")
    assert other.checks.keys() == suite.checks.keys()
    known = {
        (id, probe.expect)
        for id, check in other.checks.items()
        for probe in check.probes
        if b"text-embedding" in whole(probe.request)
        and (parsed(probe.request) or {}).get("dimensions") != OTHER_SIZE
    }
    assert known == {
        (id, Expect.EITHER) for id in ("state.cache.models", "meaning.models", "meaning.truncation")
    }


def test_the_probe_for_media_type_parameters_has_a_charset(suite: Suite) -> None:
    (probe,) = suite.checks["http.media-type.parameters"].probes
    assert dict(probe.request.headers)["Content-Type"] == "application/json; charset=utf-8"


def test_the_chunked_body_is_the_plain_body_in_three_chunks(suite: Suite) -> None:
    probe, *large = suite.checks["http.chunked"].probes
    assert len(large) == 4
    assert isinstance(probe.request.body, tuple)
    assert len(probe.request.body) == 3
    assert whole(probe.request) == whole(suite.canary.request)


def test_responses_are_judged_for_all_forms_of_input_and_all_encodings(suite: Suite) -> None:
    payloads = [parsed(probe.request) for probe in suite.checks["response.count"].probes]
    kinds = {type(p["input"]) if not isinstance(p["input"], list) else type(p["input"][0]) for p in payloads}
    assert kinds == {str, int, list}
    assert {p.get("encoding_format") for p in payloads} == {None, "float", "base64"}
    assert any("user" in p for p in payloads)
    assert any("dimensions" in p for p in payloads)


def test_evidence_contains_the_json_pointer(small: Setup) -> None:
    result = small.run(changes_result(lambda result, _: result["data"][-1].update(index=9)))
    assert failed(result) == {"response.index", "property.valid"}
    evidence = result.outcomes["response.index"].evidence[0]
    assert "/data/0/index" in evidence.expected
    assert evidence.actual == "index 9"
    assert evidence.probe


def whole(request: Request) -> bytes:
    body = request.body or b""
    return body if isinstance(body, bytes) else b"".join(body)


def parsed(request: Request) -> Any:
    try:
        return json.loads(whole(request))
    except (ValueError, RecursionError):
        return None
