import base64
import json
import struct
import time
from copy import deepcopy
from typing import Any

import pytest

from conformance import UnreadableRequest, Violation, validate_response
from conformance.contract import Contract
from conformance.validation.schema_validator import Validator
from conformance.validation.violation import MAX_VIOLATIONS

NUMBERS = "response.data.items.embedding.numbers.items.type"


def answer(*embeddings: Any, **more: Any) -> dict[str, Any]:
    """A valid answer of these *embeddings*, with *more* on top."""
    data = [{"object": "embedding", "index": n, "embedding": e} for n, e in enumerate(embeddings)]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    return {"object": "list", "data": data, "model": "m", "usage": usage, **more}


def changed(value: Any, *path: str | int) -> dict[str, Any]:
    """An answer of two embeddings with *value* at *path*."""
    body = answer([0.5, 1], [2, -0.5])
    *above, last = path
    place: Any = body
    for step in above:
        place = place[step]
    place[last] = value
    return body


def without(*path: str | int) -> dict[str, Any]:
    body = answer([0.5, 1], [2, -0.5])
    *above, last = path
    place: Any = body
    for step in above:
        place = place[step]
    del place[last]
    return body


def rows(violations: list[Violation]) -> list[tuple[str, str, str]]:
    return [(v.requirement, v.pointer, v.message.partition(": ")[2]) for v in violations]


def floats(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@pytest.mark.parametrize(
    "body",
    [
        answer([0.5]),
        answer([0.5, 1, -2, 2**70], [0, 0, 0, 1]),
        answer(floats(0.5, 1)),
        answer(),
        answer([0.5], extra=1),
        answer([0.5], id=None, usage={"prompt_tokens": 1, "total_tokens": 1, "cost": 0.1}),
        answer([0.5], data=[{"object": "embedding", "index": 0, "embedding": [0.5], "extra": None}]),
    ],
    ids=lambda body: repr(body)[25:60],
)
def test_answers_are_valid_with_and_without_properties_that_nobody_described(body: Any) -> None:
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
            ("response.object.required", "", "expected the property object, found none of that name"),
        ),
        (
            without("usage", "total_tokens"),
            (
                "response.usage.total_tokens.required",
                "/usage",
                "expected the property total_tokens, found none of that name",
            ),
        ),
        (
            without("data", 1, "index"),
            (
                "response.data.items.index.required",
                "/data/1",
                "expected the property index, found none of that name",
            ),
        ),
        (
            without("data", 0, "embedding"),
            (
                "response.data.items.embedding.required",
                "/data/0",
                "expected the property embedding, found none of that name",
            ),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_defect_is_one_violation_where_it_stands(body: Any, row: Any) -> None:
    assert rows(validate_response(body)) == [row]
    assert rows(validate_response(json.dumps(body).encode())) == [row]
    assert rows(validate_response(body, {"model": "m", "input": ["a", "b"]})) == [row]


@pytest.mark.parametrize(
    ("body", "found"), [(None, "null"), ([], "an array"), (7, "an integer"), (False, "a boolean")]
)
def test_a_body_that_is_no_object_is_one_violation(body: Any, found: str) -> None:
    row = ("response.type", "", f"expected an object, found {found}")
    assert rows(validate_response(body)) == rows(validate_response(json.dumps(body))) == [row]
    assert rows(validate_response(body, {"model": "m", "input": "x"})) == [row]


def test_an_error_body_lacks_everything() -> None:
    assert [v.requirement for v in validate_response({"error": {"message": "no"}}, {"input": "x"})] == [
        "response.object.required",
        "response.model.required",
        "response.data.required",
        "response.usage.required",
    ]


def test_several_defects_are_all_found() -> None:
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


# --- bytes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b"", ("must", "response.json.empty", "")),
        (b"<html>", ("must", "response.json.syntax", "")),
        (b"data: {}\n\n", ("must", "response.json.syntax", "")),
        (b"{}\n{}", ("must", "response.json.trailing-data", "")),
        (
            b'{"data":[{"embedding":[0.5,NaN]}]}',
            ("must", "response.json.not-a-number", "/data/0/embedding/1"),
        ),
        (b'"\xff"', ("must", "response.json.encoding", "")),
        (b"[" * 1000, ("must", "response.json.depth", "")),
        (b"1" * 700, ("must", "response.json.long-number", "")),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bytes_that_hold_no_json_are_one_violation(body: bytes, row: tuple[str, str, str]) -> None:
    for request in (None, {"input": "x"}):
        found = validate_response(body, request)
        assert [(v.level, v.requirement, v.pointer) for v in found] == [row]


def test_a_byte_order_mark_and_a_repeated_name_have_levels_of_their_own_and_the_value_is_judged() -> None:
    text = json.dumps(answer([0.5]))
    assert [(v.level, v.requirement) for v in validate_response(text.encode("utf-8-sig"))] == [
        ("must", "response.json.byte-order-mark")
    ]
    repeated = text.replace('"model"', '"model": 1, "model"')
    assert [(v.level, v.requirement) for v in validate_response(repeated)] == [
        ("should", "response.json.duplicate-key")
    ]
    both = f'{text[:-1]}, "model": 1}}'.encode("utf-8-sig")
    assert [v.requirement for v in validate_response(both)] == [
        "response.json.byte-order-mark",
        "response.json.duplicate-key",
        "response.model.type",
    ]


def test_bytes_text_and_object_are_judged_alike() -> None:
    for body in (
        answer([0.5]),
        answer([0.5, None], []),
        answer("="),
        changed(1e400, "data", 0, "embedding", 0),
    ):
        text = json.dumps(body).replace("Infinity", "1e400")
        assert validate_response(text) == validate_response(text.encode()) == validate_response(body)


def test_tuples_are_arrays() -> None:
    body = answer((0.5, 1), (0.5,))
    body["data"] = tuple(body["data"])
    assert validate_response(body, {"input": ("a", "b", "c")}) == validate_response(
        json.dumps(body), {"input": ["a", "b", "c"]}
    )
    assert [v.requirement for v in validate_response(body, {"input": ("a", "b", "c")})] == [
        "response.count",
        "response.length",
    ]


def test_nothing_that_is_given_is_changed() -> None:
    body, request = answer([0.5, None], "="), {"input": ["a"], "dimensions": 3}
    before = deepcopy((body, request))
    assert validate_response(body, request)
    assert (body, request) == before


# --- the request beside it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_body", "found"),
    [
        ([], "found an empty array"),
        ("null", "found null"),
        (b"null", "found null"),
        (b"7", "found 7"),
        (7, "found 7"),
        (b"", "found the body: expected a JSON value (RFC 8259 section 2), found nothing"),
        (b"{", "expected a name in double quotes"),
        (b'{"input": NaN}', "found /input: expected a finite number (RFC 8259 section 6), found NaN"),
        (b"\xef\xbb\xbf[]", "found an empty array"),
    ],
)
def test_a_request_that_is_no_object_can_not_be_compared(request_body: Any, found: str) -> None:
    with pytest.raises(UnreadableRequest) as caught:
        validate_response(answer([0.5]), request_body)
    assert found in str(caught.value)
    assert str(caught.value).startswith(
        "the request must be a JSON object to compare its answer with, found "
    )


def test_no_body_at_all_can_not_be_compared_where_the_contract_allows_it(tmp_path: Any) -> None:
    document = deepcopy(dict(Contract.load().document))
    del document["paths"]["/embeddings"]["post"]["requestBody"]["required"]
    (tmp_path / "own.json").write_text(json.dumps(document))
    contract = Contract.load(tmp_path / "own.json")
    with pytest.raises(UnreadableRequest, match="found nothing"):
        validate_response(answer([0.5]), b"", contract=contract)


def test_a_request_is_compared_as_bytes_text_or_object() -> None:
    request = {"model": "m", "input": ["a", "b"], "dimensions": 2}
    found = validate_response(answer([0.5]), request)
    assert [v.requirement for v in found] == ["response.count", "response.dimensions"]
    text = json.dumps(request)
    assert validate_response(answer([0.5]), text) == validate_response(answer([0.5]), text.encode()) == found


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"input": None, "encoding_format": None, "dimensions": None},
        {"input": {}, "encoding_format": [], "dimensions": []},
        {"input": [], "encoding_format": {}, "dimensions": "2"},
        {"input": 7, "encoding_format": "hex", "dimensions": -1},
        {"input": True, "encoding_format": 1, "dimensions": True},
        {"input": "x", "dimensions": 0},
        {"input": "x", "dimensions": 2.0, "unknown": 1},
        b"\xef\xbb\xbf{}",
        b'{"input":"x","input":"y"}',
    ],
)
def test_what_a_request_does_not_say_rightly_is_not_compared(request_body: Any) -> None:
    assert validate_response(answer([0.5]), request_body) == []


# --- size -----------------------------------------------------------------------------------------------------------

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("body", "requirement"),
    [
        (answer(data=[None] * MILLION), "response.data.items.type"),
        (answer([None] * MILLION), NUMBERS),
        (answer([*[0.5] * MILLION, None]), NUMBERS),
        (answer([*[0.5] * MILLION, True]), NUMBERS),
        (answer([*[0.5] * MILLION, float("nan")]), "response.finite"),
        (answer([*[1] * MILLION, 10**400, float("inf")]), "response.finite"),
        (answer(data=[{}] * 100_000), "response.data.items.index.required"),
        (answer(*[[0.5]] * 30_000, data=[answer([0.5])["data"][0]] * 30_000), "response.index"),
        (answer(*[[], [0.5]] * 15_000), "response.not-empty"),
        (answer(*["="] * 30_000), "response.base64"),
        (answer("A" * 10_000_001), "response.base64"),
        (answer({"x" * 100: [None] * MILLION}), "response.data.items.embedding.one-of"),
        (answer(object="x" * 10_000_000), "response.object.enum"),
        (answer(usage={"prompt_tokens": 10**600, "total_tokens": 0}), "response.usage.total"),
        (answer(usage={"prompt_tokens": -(10**5000), "total_tokens": 0}), "response.usage.not-negative"),
    ],
    ids=range(15),
)
def test_a_large_answer_is_judged_in_bounded_time_and_space(body: Any, requirement: str) -> None:
    start = time.perf_counter()
    found = validate_response(body, {"input": "x", "dimensions": 3})
    assert time.perf_counter() - start < 10
    assert requirement in {v.requirement for v in found}
    assert len(found) <= MAX_VIOLATIONS
    for violation in found:
        assert len(violation.message) < 300
        assert violation.message.isprintable()


def test_thousands_of_defects_of_one_kind_do_not_hide_the_others() -> None:
    body = answer(*[[0.5]] * 3000, usage={"prompt_tokens": 2, "total_tokens": 1})
    for item in body["data"]:
        item["object"] = "vector"
    found = {v.requirement for v in validate_response(body, {"input": ["a"], "dimensions": 2})}
    assert found == {
        "response.data.items.object.enum",
        "response.count",
        "response.usage.total",
        "response.dimensions",
    }


@pytest.mark.parametrize("last", [0.5, 1, None, True, "x"])
def test_numbers_are_judged_all_at_once_and_not_one_by_one(
    last: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    accepts = Validator.accepts

    def counted(self: Validator, value: object) -> bool:
        nonlocal calls
        calls += 1
        return accepts(self, value)

    monkeypatch.setattr(Validator, "accepts", counted)
    assert len(validate_response(answer([*[0.5] * 1000, 1, last]))) == (last not in (0.5, 1) or last is True)
    assert calls < 50


def test_indices_that_are_floats_are_judged_in_linear_time() -> None:
    data = [{"object": "embedding", "index": float(n), "embedding": [0.5]} for n in range(30_000)]
    start = time.perf_counter()
    assert validate_response(answer(data=data)) == []
    assert time.perf_counter() - start < 5
