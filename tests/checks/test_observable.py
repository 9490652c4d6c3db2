"""The responses that a requirement can be judged on: without one of them, it does not pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.observable import (
    EACH,
    OBJECT,
    has_value_at,
    places_of,
    reported_as,
    request_conditions,
)
from conformance.checks.response.validity import OF_SEVERAL
from conformance.contract import Contract
from conformance.contract.schema import build_schema
from conformance.validation import MISSING
from tests.faulty_servers.faults import changes_result, changes_result_body, rejects
from tests.faulty_servers.messages import Request, Response, respond
from tests.faulty_servers.servers import Server
from tests.mutants.setup import Setup, failed
from tests.sampling import sampled

CONTRACT = Contract.load()
RESPONSE: dict[str, Any] = {
    "data": [{"index": 0, "embedding": []}, {"object": None}],
    "usage": {},
    "model": None,
}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((), True),
        (("data",), True),
        (("data", EACH), True),
        (("data", EACH, "index"), True),
        (("data", EACH, "object"), True),
        (("data", EACH, "embedding"), True),
        (("data", EACH, "embedding", EACH), False),
        (("data", "index"), False),
        (("usage", "prompt_tokens"), False),
        (("usage", EACH), False),
        (("model",), True),
        (("model", "name"), False),
        (("object",), False),
        (("usage", OBJECT), True),
        (("data", OBJECT), False),
        (("data", EACH, OBJECT), True),
        ((OBJECT,), True),
    ],
)
def test_a_place_has_a_value_or_not(place: tuple[str, ...], expected: bool) -> None:
    assert has_value_at(RESPONSE, place) is expected


@pytest.mark.parametrize("place", [(), (OBJECT,), (EACH,), ("data",)])
def test_an_unreadable_response_has_no_value_at_any_place(place: tuple[str, ...]) -> None:
    assert not has_value_at(MISSING, place)


def test_every_requirement_on_single_responses_has_places() -> None:
    derived = {
        id
        for id, requirement in CONTRACT.catalogue.items()
        if requirement.area == "response" and not id.startswith(("response.json.", "response.media-type"))
    }
    assert places_of(CONTRACT).keys() == derived - OF_SEVERAL.keys()
    assert derived > OF_SEVERAL.keys()


def test_null_as_an_optional_property_is_observable_at_that_property() -> None:
    document = {"root": {"type": "object", "properties": {"id": {"type": "string"}}}}
    contract = replace(CONTRACT, response=build_schema(document, "/root", "response"))
    assert places_of(contract)["response.id.null"] == places_of(contract)["response.id.type"] == (("id",),)


def test_a_required_property_is_observable_at_its_parent() -> None:
    assert places_of(CONTRACT)["response.usage.required"] == ((OBJECT,),)
    assert places_of(CONTRACT)["response.usage.total_tokens.required"] == (("usage", OBJECT),)


def test_some_requirements_are_observable_only_for_some_requests() -> None:
    conditions = request_conditions(CONTRACT)
    numbers, text = (f"response.data.items.embedding.{form}.type" for form in ("numbers", "string"))
    for request, observable in (
        ({"input": "river"}, {numbers, "response.not-zero"}),
        ({"input": ["river"], "encoding_format": "float"}, {numbers, "response.not-zero"}),
        ({"input": [97, 98], "encoding_format": "base64"}, {text, "response.base64", "response.not-zero"}),
        (
            {"input": ["a", "b"], "dimensions": 1},
            {numbers, "response.length", "response.order", "response.dimensions"},
        ),
        ({"input": [[97], [98]]}, {numbers, "response.length", "response.order", "response.not-zero"}),
        ({"input": "大きな川"}, {numbers}),
    ):
        assert {id for id, condition in conditions.items() if condition(request)} == observable


def test_violations_of_a_branch_are_reported_as_violations_of_its_one_of() -> None:
    place = "response.data.items.embedding"
    assert reported_as(CONTRACT) == {
        f"{place}.numbers.type": f"{place}.one-of",
        f"{place}.string.type": f"{place}.one-of",
    }


def test_unreadable_responses_pass_nothing(small: Setup) -> None:
    tested = [id for id in small.contract.catalogue.applicable(()) if id.startswith("response.")]
    result = small.run(changes_result_body(lambda body: b"<html>"), selected=tested)
    met = {id for id, o in result.outcomes.items() if id.startswith("response.") and o.verdict == "pass"}
    assert {id for id in met if not id.startswith("response.json.")} == {"response.media-type"}


def test_responses_without_data_pass_nothing_about_data(small: Setup) -> None:
    result = small.run(changes_result(lambda result, _: result.pop("data") and None))
    for id in ("response.count", "response.index", "response.finite", "response.data.items.index.type"):
        assert result.outcomes[id].verdict == "blocked"
    assert failed(result) == {"response.data.required", "property.valid"}


def test_a_rejected_request_passes_nothing_about_its_response(small: Setup) -> None:
    fault = rejects(lambda payload: payload.get("encoding_format") == "base64")
    outcomes = small.run(fault, selected=["response.base64", "request.encoding_format.enum"]).outcomes
    assert outcomes["response.base64"].verdict == "blocked"
    assert outcomes["request.encoding_format.enum"].verdict == "fail"


def test_a_rejection_that_a_model_may_give_leaves_requirements_not_tested(small: Setup) -> None:
    fault = rejects(lambda payload: type(payload.get("dimensions")) is int)
    outcomes = small.run(fault, selected=["response.dimensions", "request.dimensions.minimum"]).outcomes
    assert outcomes["response.dimensions"].verdict == "not-tested"
    assert outcomes["request.dimensions.minimum"].verdict == "pass"


def test_a_crash_instead_of_an_allowed_rejection_blocks(small: Setup) -> None:
    fault = rejects(lambda payload: "dimensions" in payload, status=500)
    outcomes = small.run(fault, selected=["response.dimensions"]).outcomes
    assert outcomes["response.dimensions"].verdict == "blocked"


BODIES = (b'"river"', b"[]", b"null", b"7", b"{}", b'{"data":[]}', b'{"data":[[]],"usage":[]}', b"[[[[", b"")


@pytest.mark.parametrize("body", sampled(BODIES, ['{"data":[[]],"usage":[]}'], bytes.decode))
def test_no_response_causes_an_internal_error(body: bytes, small: Setup) -> None:
    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        return respond(200, body) if response.status == 200 else response

    verdicts = {outcome.verdict for outcome in small.run(server).outcomes.values()}
    assert "error" not in verdicts
    assert "fail" in verdicts
