"""Requirements on the responses that a contract declares: servers that meet them, and servers that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contract.own_contracts import SCHEMA, json_response, own_contract, success
from tests.faulty_servers.faults import changes_response
from tests.faulty_servers.messages import Response
from tests.faulty_servers.servers import Fault
from tests.mutants.setup import Setup, failed

ERROR, COUNT, REGION = (
    "http.error.4xx.schema",
    "http.response.header.x-count",
    "http.response.header.x-region",
)
TEXT = {"type": "string"}
DETAIL = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"type": "array", "items": {"type": "object", "required": ["msg"]}}},
}
HEADERS: Mapping[str, Any] = {
    "X-Count": {"required": True, "schema": {"type": "integer", "minimum": 1}},
    "X-Region": {"schema": {**TEXT, "enum": ["eu", "us"]}},
}
NEVER = {"503": json_response(DETAIL)}


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    answers = {"201": success(headers=HEADERS), "4XX": json_response(DETAIL), **NEVER}
    return Setup.of(own_contract(tmp_path_factory.mktemp("own"), answers))


def errors(change: Callable[[Response], Response]) -> Fault:
    return changes_response(lambda _, response: response.status >= 400, change)


def answers(change: Callable[[Response], Response]) -> Fault:
    return changes_response(lambda _, response: response.status == 201, change)


def test_a_correct_server_passes(setup: Setup) -> None:
    selected = [ERROR, COUNT, REGION, "http.error.503.schema", "http.error.json"]
    outcomes = setup.run(selected=selected).outcomes
    verdicts = {id: outcomes[id].verdict for id in outcomes}
    assert (verdicts[ERROR], verdicts[COUNT]) == ("pass", "pass")
    assert outcomes[REGION].reason == "no response had the header X-Region, which is optional"
    assert outcomes["http.error.503.schema"].verdict == "not-tested"
    assert outcomes["http.error.503.schema"].reason == "no plain request got the declared status 503"


BODIES: Mapping[str, Callable[[Response], Response]] = {
    "without the required property": lambda r: r.with_payload({"error": "no"}),
    "with a property of another type": lambda r: r.with_payload({"detail": "no"}),
    "an array": lambda r: r.with_payload([]),
    "plain text": lambda r: r.with_body(b"no"),
    "empty": lambda r: r.with_body(b""),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_in_another_form_fails(name: str, setup: Setup) -> None:
    result = setup.run(errors(BODIES[name]), selected=[ERROR])
    assert failed(result) == {ERROR}


def test_the_evidence_names_the_place(setup: Setup) -> None:
    outcome = setup.run(
        errors(lambda r: r.with_payload({"detail": [{"loc": []}]})), selected=[ERROR]
    ).outcomes[ERROR]
    assert outcome.reason.startswith("expected at /detail/0: the property msg; got no property of that name")


WRONG: Mapping[str, tuple[str, str | None, str]] = {
    "missing": ("x-count", None, COUNT),
    "a text for a number": ("x-count", "many", COUNT),
    "a fraction for an integer": ("x-count", "1.5", COUNT),
    "below the minimum": ("x-count", "0", COUNT),
    "not one of the values": ("x-region", "asia", REGION),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_header_fails(name: str, setup: Setup) -> None:
    header, value, id = WRONG[name]
    result = setup.run(answers(lambda r: r.with_header(header, value)), selected=[COUNT, REGION])
    assert failed(result) == {id}


@pytest.mark.parametrize(("header", "value"), [("x-count", "007"), ("x-region", "eu")])
def test_other_correct_headers_pass(header: str, value: str, setup: Setup) -> None:
    result = setup.run(answers(lambda r: r.with_header(header, value)), selected=[COUNT, REGION])
    assert failed(result) == set()


def test_a_header_without_a_simple_schema_must_only_be_there(tmp_path: Path) -> None:
    array = {"required": True, "schema": {"type": "array", "items": TEXT}}
    contract = own_contract(tmp_path, {"200": success(headers={"X-Count": array})})
    setup = Setup.of(contract)
    assert setup.run(selected=[COUNT]).outcomes[COUNT].verdict == "pass"
    without = changes_response(lambda _, response: response.ok, lambda r: r.with_header("x-count", None))
    assert failed(setup.run(without, selected=[COUNT])) == {COUNT}


def test_another_success_than_the_declared_one_fails(setup: Setup) -> None:
    fault = answers(lambda r: replace(r, status=200))
    outcome = setup.run(fault, selected=["request.input.string.type"]).outcomes["request.input.string.type"]
    assert outcome.verdict in ("fail", "blocked")


def test_any_success_of_a_range_is_one(tmp_path: Path) -> None:
    setup = Setup.of(own_contract(tmp_path, {"2XX": success()}))
    fault = changes_response(lambda _, response: response.ok, lambda r: replace(r, status=203))
    result = setup.run(fault, selected=["request.input.string.type"])
    assert {o.verdict for o in result.outcomes.values() if o.verdict != "not-tested"} == {"pass"}


def test_a_contract_that_declares_text_as_an_error_needs_no_json(tmp_path: Path) -> None:
    text = json_response(TEXT, media_type="text/plain")
    setup = Setup.of(own_contract(tmp_path, {"200": success(), "4XX": text}))
    plain = errors(lambda r: r.with_body(b"no"))
    assert failed(setup.run(plain, selected=["http.error.json"])) == set()


def test_a_media_type_of_a_range_is_not_a_wrong_one(tmp_path: Path) -> None:
    answer = json_response(SCHEMA, media_type="application/*")
    contract = own_contract(tmp_path, {"200": answer}, {"application/json": "*/*"})
    assert contract.media_type == "application/json"
    result = Setup.of(contract).run(selected=["http.media-type.other", "http.media-type.parameters"])
    assert failed(result) == set()


def test_the_failure_is_repeated(setup: Setup) -> None:
    outcome = setup.run(errors(BODIES["an array"]), selected=[ERROR]).outcomes[ERROR]
    assert outcome.evidence[0].reproduction == "It failed again when it was sent alone."


def test_a_response_to_a_request_of_another_check_counts(setup: Setup) -> None:
    fault = changes_response(
        lambda request, _: request.json_object.get("input") == "river 0",
        lambda r: replace(r.with_payload([]), status=409),
    )
    assert ERROR not in failed(setup.run(fault, selected=[ERROR]))
    assert ERROR in failed(setup.run(fault, selected=[ERROR, "http.error.delay"]))
