"""Values that a rejection names are tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.request.named_values import MAX_TRIED, named_values
from conformance.contract import Contract
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.setup import Setup, failed

ENUM = "request.encoding_format.enum"
KNOWN = ("float", "base64")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("encoding_format must be one of float, base64, int8", ["int8"]),
        ("Input should be 'float', 'base64', 'int8' or 'ubinary'", ["int8", "ubinary"]),
        ("unknown variant `hex`, expected one of `float`, `base64`, `bytes`", ["bytes", "hex"]),
        ({"error": {"message": "expected float|base64|binary", "type": "invalid"}}, ["binary"]),
        ({"detail": [{"ctx": {"permitted": ["float", "base64", "int8"]}}]}, ["int8"]),
        ("expected one of float, base64", []),
        ({"error": {"message": "invalid encoding_format", "code": "bad-value"}}, []),
        ("expected one of low, high", []),
        ("", []),
    ],
)
def test_words_beside_known_values_are_found(body: Any, expected: list[str]) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert named_values([text], KNOWN) == expected


def names(*values: str, accepts: bool) -> Fault:
    """A server whose rejections name more encodings, and that accepts or rejects them."""

    async def server(request: Request, correct: Server) -> Response:
        requested = request.json_object.get("encoding_format")
        if accepts and requested in values:
            return await correct(request.with_payload({**request.json_object, "encoding_format": "float"}))
        response = await correct(request)
        if response.status == 400 and requested is not None:
            return error(400, f"use one of float, base64, {', '.join(values)}")
        return response

    return server


def test_value_that_the_target_adds_fails_the_enumeration(small: Setup) -> None:
    result = small.run(names("int8", accepts=True), selected=[ENUM])
    assert failed(result) == {ENUM}
    assert [one.probe for one in result.outcomes[ENUM].evidence] == [
        "encoding_format int8, which a rejection names"
    ]


def test_value_that_is_only_named_is_rejected_and_passes(small: Setup) -> None:
    assert failed(small.run(names("int8", accepts=False), selected=[ENUM])) == set()


def test_number_of_tried_values_is_limited(small: Setup) -> None:
    few = small.run(names(accepts=False), selected=[ENUM]).requests
    many = small.run(names(*(f"int{n}" for n in range(30)), accepts=False), selected=[ENUM]).requests
    assert many - few == MAX_TRIED


def test_profile_that_admits_unknown_properties_admits_further_values(small: Setup) -> None:
    openai = Setup.of(Contract.load(small.contract.file, profile="openai"))
    assert failed(openai.run(names("int8", accepts=True), selected=[ENUM])) == set()
