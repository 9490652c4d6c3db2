"""Contracts whose texts are deeper than the properties of a request, or whose responses have one vector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract, validate_request, validate_response
from conformance.checks.comparable_requests import comparable_request
from conformance.contract.capabilities import DeclaredCapabilities
from conformance.contract.errors import ContractError
from conformance.engine import Verdict
from conformance.generators import malformed_cases, plain_case
from conformance.generators.case import encode_payload
from conformance.http_client import Request
from tests.faulty_servers.faults import changes_result
from tests.roles.shapes import DEEP, ONE_VECTOR, Shape
from tests.roles.test_other_shapes import respond, run, swaps_first_two, texts_of
from tests.sampling import sampled

ALL = {**DEEP, **ONE_VECTOR}

SELECTED = ("request.text.unicode", "response.count", "meaning.batch.equal-lengths", "http.client.curl")


@pytest.mark.parametrize("shape", ALL.values(), ids=list(ALL))
def test_roles_are_found_and_the_plainest_request_is_valid(tmp_path: Path, shape: Shape) -> None:
    contract = shape.load(tmp_path)
    roles = contract.roles.as_dict()
    found = {role: name for role, name in roles.items() if name is not None and role != "response-model"}
    assert {name: found.get(name) for name in shape.roles} == dict(shape.roles)
    case = plain_case(contract, contract.default_model)
    assert case.valid
    assert contract.roles.texts_of(json.loads(case.body)) in ("river", ["river"])
    assert {"request.json.syntax", "request.json.encoding"} <= malformed_cases(contract, None).keys()


@pytest.mark.parametrize("shape", DEEP.values(), ids=list(DEEP))
def test_the_reference_server_has_a_vector_for_each_text(tmp_path: Path, shape: Shape) -> None:
    contract = shape.load(tmp_path)
    sent = texts_of(contract, 20)
    response = respond(contract, sent)
    assert validate_response(response, sent, contract=contract) == []
    assert len(contract.roles.items_of(response) or ()) == 20
    less = validate_response(
        respond(contract, texts_of(contract, 3)), texts_of(contract, 2), contract=contract
    )
    assert {violation.requirement for violation in less} == {"response.count"}


@pytest.mark.parametrize("name", sampled(ALL, [*ALL][:1]))
def test_a_correct_server_meets_all(tmp_path: Path, name: str) -> None:
    shape = ALL[name]
    outcomes = run(shape.load(tmp_path), selected=SELECTED).outcomes
    verdicts = {id: outcomes[id].verdict for id in SELECTED if id in outcomes}
    needs_list = "vectors" not in shape.roles
    expected = dict.fromkeys(verdicts, Verdict.PASS)
    assert verdicts == (expected | {SELECTED[2]: Verdict.NOT_TESTED} if needs_list else expected)
    assert (SELECTED[1] in verdicts) != needs_list


@pytest.mark.parametrize("shape", DEEP.values(), ids=list(DEEP))
def test_a_vector_of_another_text_is_found(tmp_path: Path, shape: Shape) -> None:
    contract = shape.load(tmp_path)
    outcomes = run(contract, changes_result(swaps_first_two(contract.roles)), selected=SELECTED[2:3]).outcomes
    assert outcomes[SELECTED[2]].verdict is Verdict.FAIL


@pytest.mark.parametrize("shape", ONE_VECTOR.values(), ids=list(ONE_VECTOR))
def test_equal_vectors_of_different_texts_are_found(tmp_path: Path, shape: Shape) -> None:
    def always_the_same(response: Any, _: Any) -> None:
        vector = contract.roles.vector_of(response)
        vector[:] = [1.0] * len(vector)

    contract = shape.load(tmp_path)
    outcomes = run(contract, changes_result(always_the_same), selected=["meaning.different.texts"]).outcomes
    assert outcomes["meaning.different.texts"].verdict is Verdict.FAIL


def test_optional_properties_on_the_way_to_the_texts_are_required(tmp_path: Path) -> None:
    contract = DEEP["requests with parts"].load(tmp_path)
    assert [d.problem for d in contract.defects if "embed" in d.problem] == [
        "the property parts is optional, but a request without it has nothing to embed"
    ]
    assert validate_request({"requests": [{"content": {}}]}, contract=contract)
    several = {"requests": [{"content": {"parts": [{"text": "a"}, {"text": "b"}]}}]}
    assert contract.roles.texts_of(several) == ['["a", "b"]']


def test_texts_with_other_properties_beside_them_are_not_the_same(tmp_path: Path) -> None:
    contract = DEEP["a list of objects"].load(tmp_path)

    def keys(*items: dict[str, str]) -> Any:
        sent = Request((), encode_payload({"instances": items}), "POST", contract.path)
        comparable = comparable_request(sent, contract)
        assert comparable is not None
        return comparable.text_keys(8)

    first, second = {"id": "1", "content": "a"}, {"id": "2", "content": "a"}
    assert len({*keys(first, second), *keys(first)}) == 2


def test_a_batch_of_objects_is_a_batch_for_declared_capabilities(tmp_path: Path) -> None:
    contract = DEEP["a list of objects"].load(tmp_path)
    declared = DeclaredCapabilities(frozenset({"batch"}), roles=contract.roles)
    assert declared.missing(texts_of(contract, 2)) == {"batch"}
    assert declared.missing(texts_of(contract, 1)) == frozenset()


def test_a_profile_names_a_place(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yaml"
    head = "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nextends: contract.json\nactions: []\n"
    head = head.replace("actions: []", "actions: [{target: $.info, update: {title: t}}]")
    profile.write_text(head + "x-conformance: {roles: {texts: /instances/*/id}}\n")
    shape = DEEP["a list of objects"]
    assert shape.load(tmp_path, profile=profile).roles.as_dict()["texts"] == "/instances/*/id"
    profile.write_text(head + "x-conformance: {roles: {texts: /instances/*/no}}\n")
    with pytest.raises(ContractError, match="the request has nothing at '/instances/\\*/no'"):
        shape.load(tmp_path, profile=profile)


@pytest.mark.parametrize("schema", [None, {}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_request_that_is_not_described_has_the_usual_names(tmp_path: Path, schema: Any) -> None:
    media_type = {} if schema is None else {"schema": schema}
    response = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    post = {"requestBody": {"content": {"application/json": media_type}}, "responses": response}
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "paths": {"/embeddings": {"post": post}}}))
    contract = Contract.load(file)
    assert (contract.roles.texts, contract.roles.model) == ("input", "model")
    assert validate_request({"input": 7, "model": None, "x": 1}, contract=contract) == []
    assert any("the suite sends input with the texts" in defect.reading for defect in contract.defects)
    ids = [*SELECTED, "request.value.no-crash"]
    outcomes = run(contract, selected=ids).outcomes
    assert {outcomes[id].verdict for id in ids} == {Verdict.PASS}


def test_without_a_request_body_a_request_has_the_usual_names(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    post = {"responses": {"200": {"description": ""}}}
    file.write_text(json.dumps({"openapi": "3.1.0", "paths": {"/embeddings": {"post": post}}}))
    assert plain_case(Contract.load(file), None).body == b'{"input":"river"}'
