"""Which answers let a requirement show: without one that does, nothing is called met."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.response.consistency import CHECKS as ACROSS_ANSWERS
from conformance.checks.response.observable import EACH, OBJECT, asked_by, places_of, stand_ins, stands_at
from conformance.contract import Contract
from conformance.contract.schema import build_schema
from conformance.validation import MISSING
from tests.mutants.asgi import Call, Reply, Serve, reply
from tests.mutants.ground import Ground, failed
from tests.mutants.mutant import answers, refuses, writes

CONTRACT = Contract.load()
ANSWER: dict[str, Any] = {
    "data": [{"index": 0, "embedding": []}, {"object": None}],
    "usage": {},
    "model": None,
}


@pytest.mark.parametrize(
    ("place", "there"),
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
def test_a_place_holds_something_or_not(place: tuple[str, ...], there: bool) -> None:
    assert stands_at(ANSWER, place) is there


@pytest.mark.parametrize("place", [(), (OBJECT,), (EACH,), ("data",)])
def test_an_answer_that_could_not_be_read_holds_nothing(place: tuple[str, ...]) -> None:
    assert not stands_at(MISSING, place)


def test_every_requirement_of_the_schema_and_its_relations_has_its_places() -> None:
    derived = {
        id
        for id, requirement in CONTRACT.catalogue.items()
        if requirement.area == "response" and not id.startswith(("response.json.", "response.media-type"))
    }
    assert places_of(CONTRACT).keys() == derived - ACROSS_ANSWERS.keys()
    assert derived > ACROSS_ANSWERS.keys()


def test_null_as_an_optional_property_shows_where_that_property_stands() -> None:
    document = {"root": {"type": "object", "properties": {"id": {"type": "string"}}}}
    contract = replace(CONTRACT, response=build_schema(document, "/root", "response"))
    assert places_of(contract)["response.id.null"] == places_of(contract)["response.id.type"] == (("id",),)


def test_the_required_of_a_property_is_not_that_of_its_parent() -> None:
    assert places_of(CONTRACT)["response.usage.required"] == ((OBJECT,),)
    assert places_of(CONTRACT)["response.usage.total_tokens.required"] == (("usage", OBJECT),)


def test_some_requirements_show_on_some_requests_alone() -> None:
    asked = asked_by(CONTRACT)
    numbers, text = (f"response.data.items.embedding.{form}.type" for form in ("numbers", "string"))
    for request, shown in (
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
        assert {id for id, condition in asked.items() if condition(request)} == shown


def test_what_nothing_violates_by_itself_stands_and_falls_with_what_something_does() -> None:
    place = "response.data.items.embedding"
    assert stand_ins(CONTRACT) == {
        f"{place}.numbers.type": f"{place}.one-of",
        f"{place}.string.type": f"{place}.one-of",
    }


def test_nothing_is_met_by_answers_that_can_not_be_read(small: Ground) -> None:
    result = small.run(writes(lambda body: b"<html>"))
    met = {id for id, o in result.outcomes.items() if id.startswith("response.") and o.verdict == "pass"}
    assert {id for id in met if not id.startswith("response.json.")} == {"response.media-type"}


def test_nothing_is_met_by_answers_without_data(small: Ground) -> None:
    result = small.run(answers(lambda answer, _: answer.pop("data") and None))
    for id in ("response.count", "response.index", "response.finite", "response.data.items.index.type"):
        assert result.outcomes[id].verdict == "blocked"
    assert failed(result) == {"response.data.required", "property.valid"}


def test_nothing_is_met_by_a_target_that_refuses_what_would_show_it(small: Ground) -> None:
    outcomes = small.run(refuses(lambda payload: payload.get("encoding_format") == "base64")).outcomes
    assert outcomes["response.base64"].verdict == "blocked"
    assert outcomes["request.encoding_format.enum"].verdict == "fail"


def test_what_a_model_may_refuse_is_not_tested(small: Ground) -> None:
    outcomes = small.run(refuses(lambda payload: type(payload.get("dimensions")) is int)).outcomes
    assert outcomes["response.dimensions"].verdict == "not-tested"
    assert outcomes["request.dimensions.minimum"].verdict == "pass"


def test_a_crash_on_what_a_model_may_refuse_blocks(small: Ground) -> None:
    outcomes = small.run(refuses(lambda payload: "dimensions" in payload, status=500)).outcomes
    assert outcomes["response.dimensions"].verdict == "blocked"


@pytest.mark.parametrize(
    "body",
    [b'"river"', b"[]", b"null", b"7", b"{}", b'{"data":[]}', b'{"data":[[]],"usage":[]}', b"[[[[", b""],
)
def test_no_answer_breaks_the_suite(body: bytes, small: Ground) -> None:
    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        return reply(200, body) if answer.status == 200 else answer

    verdicts = {outcome.verdict for outcome in small.run(serve).outcomes.values()}
    assert "error" not in verdicts
    assert "fail" in verdicts
