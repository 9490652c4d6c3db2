"""The fields of error bodies: profile `openai` demands them, the default profile does not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import Contract
from tests.faulty_servers.faults import changes_response
from tests.faulty_servers.servers import Fault
from tests.mutants.setup import Setup, failed

FIELDS = "http.error.fields"
GOOD: dict[str, Any] = {"message": "no", "type": "invalid_request_error", "param": None, "code": None}
WRONG: dict[str, Any] = {
    "an error that is text": {"error": "no"},
    "an error in FastAPI's form": {"detail": "no"},
    "a message at the root": {"message": "no", "code": "invalid"},
    "a message that is an object": {"error": {**GOOD, "message": {"text": "no"}}},
    "an error without a message": {"error": {"type": "invalid_request_error"}},
    "a code that is a number": {"error": {**GOOD, "code": 400}},
    "a param that is a list": {"error": {**GOOD, "param": ["input"]}},
    "a type that is a number": {"error": {**GOOD, "type": 3}},
}
RIGHT: dict[str, Any] = {
    "all fields": {"error": GOOD},
    "a message alone": {"error": {"message": ""}},
    "more fields": {"error": {**GOOD, "code": "invalid", "details": [1]}, "request_id": "r-1"},
}


@pytest.fixture(scope="module")
def openai(small: Setup) -> Setup:
    return Setup.of(Contract.load(small.contract.file, profile="openai"))


def returns(body: dict[str, Any]) -> Fault:
    return changes_response(lambda _, response: response.status >= 400, lambda r: r.with_payload(body))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_fields_fail_the_profile_that_demands_them(name: str, openai: Setup) -> None:
    result = openai.run(returns(WRONG[name]), selected=[FIELDS, "http.error.json", "http.error.markup"])
    assert failed(result) == {FIELDS}


def test_the_evidence_names_the_field_and_the_client(openai: Setup) -> None:
    outcome = openai.run(returns(WRONG["a code that is a number"]), selected=[FIELDS]).outcomes[FIELDS]
    assert "error.code that is text or null; callers of openai (Python)" in outcome.reason
    assert outcome.evidence[0].actual == "400"


@pytest.mark.parametrize("name", RIGHT)
def test_other_correct_bodies_pass(name: str, openai: Setup) -> None:
    assert failed(openai.run(returns(RIGHT[name]), selected=[FIELDS])) == set()


def test_the_default_profile_accepts_any_body(small: Setup) -> None:
    assert small.contract.catalogue[FIELDS].level == "may"
    result = small.run(returns(WRONG["an error that is text"]), selected=[FIELDS])
    assert result.outcomes[FIELDS].verdict == "pass"
