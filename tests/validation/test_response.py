import json
from typing import Any

import pytest

from conformance import validate_response
from tests.validation.payloads import floats, response_with, rows

NUMBERS = "response.data.items.embedding.numbers.items.type"


def changed(value: Any, *path: str | int) -> dict[str, Any]:
    """A response with two embeddings and *value* at *path*."""
    body = response_with([0.5, 1], [2, -0.5])
    *above, last = path
    place: Any = body
    for step in above:
        place = place[step]
    place[last] = value
    return body


def without(*path: str | int) -> dict[str, Any]:
    """A response with two embeddings and without the property at *path*."""
    body = response_with([0.5, 1], [2, -0.5])
    *above, last = path
    place: Any = body
    for step in above:
        place = place[step]
    del place[last]
    return body


@pytest.mark.parametrize(
    "body",
    [
        response_with([0.5]),
        response_with([0.5, 1, -2, 2**70], [0, 0, 0, 1]),
        response_with(floats(0.5, 1)),
        response_with(),
        response_with([0.5], extra=1),
        response_with([0.5], id=None, usage={"prompt_tokens": 1, "total_tokens": 1, "cost": 0.1}),
        response_with([0.5], data=[{"object": "embedding", "index": 0, "embedding": [0.5], "extra": None}]),
    ],
    ids=lambda body: repr(body)[25:60],
)
def test_responses_are_valid_with_and_without_undescribed_properties(body: Any) -> None:
    assert validate_response(body) == []


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (
            changed("List", "object"),
            ("response.object.enum", "/object", "expected one of list, found the string 'List'"),
        ),
        (changed(None, "model"), ("response.model.type", "/model", "expected a string, found null")),
        (changed({}, "data"), ("response.data.type", "/data", "expected an array, found an object")),
        (changed(None, "usage"), ("response.usage.type", "/usage", "expected an object, found null")),
        (
            changed("2", "usage", "prompt_tokens"),
            (
                "response.usage.prompt_tokens.type",
                "/usage/prompt_tokens",
                "expected an integer, found a string",
            ),
        ),
        (
            changed(True, "usage", "total_tokens"),
            (
                "response.usage.total_tokens.type",
                "/usage/total_tokens",
                "expected an integer, found a boolean",
            ),
        ),
        (
            changed(2.5, "usage", "total_tokens"),
            (
                "response.usage.total_tokens.type",
                "/usage/total_tokens",
                "expected an integer, found a number",
            ),
        ),
        (changed(None, "data", 1), ("response.data.items.type", "/data/1", "expected an object, found null")),
        (
            changed("0", "data", 1, "index"),
            ("response.data.items.index.type", "/data/1/index", "expected an integer, found a string"),
        ),
        (
            changed("vector", "data", 0, "object"),
            (
                "response.data.items.object.enum",
                "/data/0/object",
                "expected one of embedding, found the string 'vector'",
            ),
        ),
        (
            changed(None, "data", 1, "embedding"),
            (
                "response.data.items.embedding.one-of",
                "/data/1/embedding",
                "expected an array of numbers or a string, found null",
            ),
        ),
        (
            changed({}, "data", 1, "embedding"),
            (
                "response.data.items.embedding.one-of",
                "/data/1/embedding",
                "expected an array of numbers or a string, found an object",
            ),
        ),
        (
            changed(0.5, "data", 1, "embedding"),
            (
                "response.data.items.embedding.one-of",
                "/data/1/embedding",
                "expected an array of numbers or a string, found 0.5",
            ),
        ),
        (
            changed(None, "data", 1, "embedding", 1),
            (NUMBERS, "/data/1/embedding/1", "expected a number, found null"),
        ),
        (
            changed(True, "data", 0, "embedding", 0),
            (NUMBERS, "/data/0/embedding/0", "expected a number, found a boolean"),
        ),
        (
            changed("0.5", "data", 0, "embedding", 0),
            (NUMBERS, "/data/0/embedding/0", "expected a number, found a string"),
        ),
        (
            changed([0.5], "data", 0, "embedding", 0),
            (NUMBERS, "/data/0/embedding/0", "expected a number, found an array"),
        ),
        (
            without("object"),
            ("response.object.required", "", "expected the property object, found no property of that name"),
        ),
        (
            without("usage", "total_tokens"),
            (
                "response.usage.total_tokens.required",
                "/usage",
                "expected the property total_tokens, found no property of that name",
            ),
        ),
        (
            without("data", 1, "index"),
            (
                "response.data.items.index.required",
                "/data/1",
                "expected the property index, found no property of that name",
            ),
        ),
        (
            without("data", 0, "embedding"),
            (
                "response.data.items.embedding.required",
                "/data/0",
                "expected the property embedding, found no property of that name",
            ),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_defect_is_one_violation_at_its_place(body: Any, row: Any) -> None:
    assert rows(validate_response(body)) == [row]
    assert rows(validate_response(json.dumps(body).encode())) == [row]
    assert rows(validate_response(body, {"model": "m", "input": ["a", "b"]})) == [row]


@pytest.mark.parametrize(
    ("body", "found"), [(None, "null"), ([], "an array"), (7, "an integer"), (False, "a boolean")]
)
def test_a_body_that_is_not_an_object_is_one_violation(body: Any, found: str) -> None:
    row = ("response.type", "", f"expected an object, found {found}")
    assert rows(validate_response(body)) == rows(validate_response(json.dumps(body))) == [row]
    assert rows(validate_response(body, {"model": "m", "input": "x"})) == [row]


def test_an_error_body_lacks_all_required_properties() -> None:
    assert [v.requirement for v in validate_response({"error": {"message": "no"}}, {"input": "x"})] == [
        "response.object.required",
        "response.model.required",
        "response.data.required",
        "response.usage.required",
    ]


def test_several_defects_are_all_reported() -> None:
    body = changed(None, "data", 0, "embedding", 1)
    body["data"][1]["index"] = "1"
    del body["model"]
    body["usage"]["total_tokens"] = 1
    assert [(v.requirement, v.pointer) for v in validate_response(body)] == [
        ("response.model.required", ""),
        (NUMBERS, "/data/0/embedding/1"),
        ("response.data.items.index.type", "/data/1/index"),
        ("response.usage.total", "/usage/total_tokens"),
    ]
