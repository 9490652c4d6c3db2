"""Requests, rules, the reference server and the checks with contracts of other shapes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract, validate_request, validate_response
from conformance.checks import build_suite
from conformance.engine import Load, Run, RunResult, Settings, Verdict
from conformance.generators import invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.generators.unusual_values import unusual_cases
from conformance.http_client import open_app
from conformance.reference import BASE_PATH, create_app
from tests.faulty_servers.faults import changes_result
from tests.faulty_servers.messages import Request
from tests.faulty_servers.servers import Fault, application, server_of, with_faults
from tests.mutants.setup import part_of
from tests.roles.shapes import COUNT, SHAPES, TEXTS, VECTOR, Shape, a_list, an_object

COMPARED = (
    "request.text.unicode",
    "response.count",
    "response.length",
    "meaning.batch.equal-lengths",
    "meaning.json-escapes",
    "meaning.characters",
    "meaning.truncation",
    "state.after-rejection",
    "http.client.curl",
)
"""Requirements whose checks send texts and compare vectors."""

INDEXED = Shape(
    an_object("texts", texts=TEXTS),
    an_object("result", result=an_object("items", items=a_list("vec", "index", vec=VECTOR, index=COUNT))),
)


@pytest.fixture(params=SHAPES.values(), ids=list(SHAPES))
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Contract:
    shape: Shape = request.param
    return shape.load(tmp_path)


def run(contract: Contract, *faults: Fault, selected: Sequence[str]) -> RunResult:
    server = with_faults(server_of(create_app(contract, base_path=BASE_PATH)), *faults)
    target = open_app(application(server), base_path=BASE_PATH, timeout=60)
    suite = part_of(build_suite(contract, (), only=[id for id in selected if id in contract.catalogue]))
    return asyncio.run(Run(suite, target, Settings(Load()), selected=selected).execute())


def respond(contract: Contract, payload: object) -> Any:
    """The payload of the reference server's response to *payload*."""
    request = Request(((b"content-type", b"application/json"),), b"", path=BASE_PATH + contract.path)

    async def send() -> Any:
        response = await server_of(create_app(contract, base_path=BASE_PATH))(request.with_payload(payload))
        assert response.ok, response.body
        return response.payload()

    return asyncio.run(send())


def texts_of(contract: Contract, count: int) -> Any:
    body = json.loads(plain_case(contract, contract.default_model).body)
    return contract.roles.with_texts(body, [f"text {number}" for number in range(count)])


def test_the_plainest_request_is_valid(contract: Contract) -> None:
    case = plain_case(contract, contract.default_model)
    assert case.valid
    assert contract.roles.texts_of(json.loads(case.body)) in ("river", ["river"])


def test_generated_bodies_have_the_names_of_the_contract(contract: Contract) -> None:
    model, name = contract.default_model, contract.roles.texts
    malformed = malformed_cases(contract, model)
    kinds = {"syntax", "extensions", "encoding", "empty", "depth", "long-number", "trailing-data"}
    assert {f"request.json.{kind}" for kind in (*kinds, "not-a-number", "duplicate-key")} <= malformed.keys()
    assert any(
        f"two properties named {name}" == c.description for c in malformed["request.json.duplicate-key"]
    )
    bodies = [c.body for cases in malformed.values() for c in cases]
    bodies += [c.body for cases in invalid_cases(contract, model).values() for c in cases]
    bodies += [c.body for cases in valid_cases(contract, model).values() for c in cases]
    bodies += [c.body for c in unusual_cases(contract, model)]
    usual = {b'"input"', b'"model"'} - {f'"{n}"'.encode() for n in (name, contract.roles.model)}
    assert not [body for body in bodies for usual_name in usual if usual_name in body]


def test_the_reference_server_responds_in_the_shape_of_the_contract(contract: Contract) -> None:
    sent = texts_of(contract, 20)
    response = respond(contract, sent)
    assert validate_response(response, sent, contract=contract) == []
    items = contract.roles.items_of(response)
    assert items is not None
    assert len(items) == 20
    assert len(contract.roles.vector_of(items[19])) > 90


@pytest.mark.parametrize("name", SHAPES)
def test_relations_are_reported_at_the_pointers_of_the_response(tmp_path: Path, name: str) -> None:
    contract = SHAPES[name].load(tmp_path)
    roles, sent = contract.roles, texts_of(contract, 2)
    response = respond(contract, texts_of(contract, 3))
    items = roles.items_of(response)
    assert isinstance(items, list)
    roles.vector_of(items[1]).pop()
    place, inside = SHAPES[name].roles["vectors"], SHAPES[name].roles["vector"]
    found = {(v.requirement, v.pointer) for v in validate_response(response, sent, contract=contract)}
    assert found == {("response.count", place), ("response.length", f"{place}/1{inside}")}


def test_a_correct_server_of_another_shape_meets_all(contract: Contract) -> None:
    outcomes = run(contract, selected=COMPARED).outcomes
    verdicts = {id: outcomes[id].verdict for id in COMPARED if id in outcomes}
    assert verdicts == dict.fromkeys(COMPARED, Verdict.PASS)


def swaps_first_two(roles: Any) -> Callable[[Any, Any], None]:
    def change(response: Any, _: Any) -> None:
        items = roles.items_of(response)
        if len(items) > 1:
            items[0], items[1] = items[1], items[0]

    return change


def test_a_vector_of_another_text_is_found(contract: Contract) -> None:
    if contract.roles.index is not None:
        pytest.skip("clients read the index")
    wrong = changes_result(swaps_first_two(contract.roles))
    outcomes = run(contract, wrong, selected=["meaning.batch.equal-lengths", "response.count"]).outcomes
    assert outcomes["meaning.batch.equal-lengths"].verdict is Verdict.FAIL
    assert outcomes["response.count"].verdict is Verdict.PASS


def test_a_missing_vector_is_found(contract: Contract) -> None:
    def drops_last(response: Any, _: Any) -> None:
        items = contract.roles.items_of(response)
        if isinstance(items, list) and len(items) > 1:
            del items[-1]

    outcomes = run(contract, changes_result(drops_last), selected=["response.count"]).outcomes
    assert outcomes["response.count"].verdict is Verdict.FAIL


def test_items_without_an_optional_index_are_in_the_order_of_the_texts(tmp_path: Path) -> None:
    def without_index(response: Any, _: Any) -> None:
        for item in response["data"]:
            del item["index"]

    response = an_object("data", data=a_list("embedding", embedding=VECTOR, index=COUNT))
    contract = Shape(an_object("texts", texts=TEXTS), response).load(tmp_path)
    ids = ["meaning.batch.equal-lengths", "response.order", "response.data.items.index.type"]
    outcomes = run(contract, changes_result(without_index), selected=ids).outcomes
    assert [outcomes[id].verdict for id in ids] == [Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_TESTED]


def test_another_order_is_found(tmp_path: Path) -> None:
    def reverses(response: Any, _: Any) -> None:
        response["result"]["items"].reverse()

    contract = INDEXED.load(tmp_path)
    assert contract.roles.index == ("index",)
    outcome = run(contract, changes_result(reverses), selected=["response.order"]).outcomes["response.order"]
    assert outcome.verdict is Verdict.FAIL
    sent = {"texts": ["a"]}
    response = respond(contract, sent)
    assert response == {"result": {"items": [{"vec": response["result"]["items"][0]["vec"], "index": 0}]}}


def test_without_roles_requirements_are_left_out(tmp_path: Path) -> None:
    catalogue = SHAPES["an array of vectors"].load(tmp_path).catalogue
    left_out = {
        "response.order",
        "response.model.named",
        "request.model.unknown",
        "meaning.user",
        "meaning.prefix",
    }
    left_out |= {"response.base64", "state.cache.encodings", "state.cache.models", "meaning.models"}
    assert left_out <= {*catalogue.dropped}
    assert left_out.isdisjoint(catalogue)


@pytest.mark.parametrize("response", [VECTOR, an_object("vector", vector=VECTOR)])
def test_the_response_may_be_one_vector(tmp_path: Path, response: dict[str, Any]) -> None:
    contract = Shape(an_object("text", text={"type": "string"}), response).load(tmp_path)
    selected = ["response.json.trailing-data", "response.type"]
    outcomes = run(contract, selected=selected).outcomes
    assert {outcomes[id].verdict for id in selected} == {Verdict.PASS}


def test_without_vectors_no_requirement_compares_them(tmp_path: Path) -> None:
    contract = Shape(an_object("input", input=TEXTS), an_object("note", note={"type": "string"})).load(
        tmp_path
    )
    assert not [id for id in contract.catalogue if id.startswith(("meaning.", "state.cache."))]
    assert {"http.connection.own-response", "http.transport.valid"} <= {*contract.catalogue.dropped}
    outcomes = run(contract, selected=["http.chunked", "request.note"]).outcomes
    assert outcomes["http.chunked"].verdict is Verdict.PASS


def test_one_of_several_forms_of_a_request_is_enough(tmp_path: Path) -> None:
    contract = SHAPES["several forms of a request"].load(tmp_path)
    for body in ({"input": "a"}, {"input": ["a"]}, {"image": "a"}, {"input": "a", "kind": "audio"}):
        assert validate_request(body, contract=contract) == []
    assert validate_request({"input": 7}, contract=contract)
    assert [defect.reading for defect in contract.defects] == [
        "the suite allows a request that matches several of them"
    ]
