"""The facts of a response are found in its whole body, of which only the beginning is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.answers import FIRST, Answer, Answers
from conformance.checks.kept_exchange import KEPT_BODY, KEPT_HEADERS
from conformance.contract.credentials import WRONG
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.validation.large_json import MAX_VALUES
from tests.checks.exchanges import CONTRACT, NUMBERS, batch, exchange, payload, read

SECRET = "sesame-secret-0123"


@pytest.mark.parametrize("size", [1, 3, 40])
def test_the_facts_are_those_of_the_whole_body(size: int) -> None:
    given = batch(size)
    answer, kept = read(given)
    assert kept.response is not None
    assert len(kept.body) == KEPT_BODY
    assert kept.response.omitted == len(given.body) - KEPT_BODY
    assert (kept.request, kept.status, kept.seconds) == (given.request, 200, given.seconds)
    assert answer.violations == {}
    assert "response.usage.total" in answer.observable
    assert (answer.embedding, answer.prompt_tokens, answer.is_object) == (list, 5000, True)
    assert answer.vectors is not None
    assert (len(answer.vectors), answer.vectors.size) == (size, len(NUMBERS) + 1)
    for place in range(min(size, FIRST)):
        assert answer.vectors[place] == pytest.approx([place + 1.0, *NUMBERS])


def test_the_first_violation_of_each_requirement_is_kept() -> None:
    body = payload([0.5, 0.5], [0.5], [], usage={"prompt_tokens": -1, "total_tokens": -1})
    answer, _ = read(exchange(body, sent={"input": ["a", "b", "c"], "dimensions": 3}))
    assert {id: violation.pointer for id, violation in answer.violations.items()} == {
        "response.dimensions": "/data/0/embedding",
        "response.not-empty": "/data/2/embedding",
        "response.usage.not-negative": "/usage/prompt_tokens",
    }


@pytest.mark.parametrize("sent", [None, [], "a", {"input": 1}])
def test_a_response_to_an_invalid_request_is_compared_with_nothing(sent: Any) -> None:
    given = Exchange(Request(body=json.dumps(sent).encode()), exchange(payload([0.5])).response, None, 0.0)
    answer, _ = read(given)
    assert (answer.violations, answer.vectors, answer.embedding) == ({}, None, list)


def test_a_chunked_request_is_compared_as_a_whole() -> None:
    given = Exchange(
        Request(body=(b'{"input":', b'["a","b"]}')), exchange(payload([0.5])).response, None, 0.0
    )
    assert [*read(given)[0].violations] == ["response.count"]


@pytest.mark.parametrize(
    ("embedding", "kind"),
    [([0.5], list), (NUMBERS * 50, list), ("AAAA", str), (None, None), (7, int), ({}, dict)],
)
def test_the_type_of_the_first_embedding_is_known(embedding: Any, kind: type | None) -> None:
    for status in (200, 404, 501):
        assert read(exchange(payload(embedding), status))[0].embedding is kind


def test_a_response_without_data_has_no_embedding() -> None:
    assert read(exchange({"error": {}}))[0].embedding is None
    assert read(exchange(b""))[0].embedding is None


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 0), (7, 7), (7.0, 7), (7.5, None), (-1, None), ("7", None)]
)
def test_prompt_tokens_are_a_count(count: Any, expected: int | None) -> None:
    answers = Answers(CONTRACT)
    body = payload(NUMBERS, usage={"prompt_tokens": count})
    assert answers.prompt_tokens(answers.read(exchange(body))) == expected
    assert answers.prompt_tokens(answers.read(exchange(body, status=500))) is None


def test_values_of_usage_that_are_no_numbers_are_described() -> None:
    usage = {"prompt_tokens": ["x" * 10_000] * 3, "total_tokens": 7, "other": 1}
    answer, _ = read(exchange(payload([0.5], usage=usage)))
    assert answer.usage == {"prompt_tokens": "an array of 3 items", "total_tokens": 7}


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500])
def test_secrets_are_found_anywhere(status: int) -> None:
    padding = b" " * KEPT_BODY
    for body in (SECRET.encode() + padding, padding + SECRET.encode(), b"\xff" + SECRET.encode()):
        assert read(exchange(body, status), SECRET)[0].secrets == {SECRET}
    assert read(exchange(padding, status, headers=(("x-echo", f"it is {SECRET}"),)), SECRET)[0].secrets == {
        SECRET
    }
    assert read(exchange(padding + WRONG.encode(), status), SECRET)[0].secrets == {WRONG}
    assert read(exchange(padding + SECRET[:-1].encode(), status), SECRET)[0].secrets == set()


def test_secrets_that_become_known_in_a_run_are_found() -> None:
    answers, known = Answers(CONTRACT), set[str]()
    answers.search_for(lambda: known)
    known.add("späte-Überraschung")
    assert answers.of(answers.read(exchange("späte-Überraschung".encode(), 502))).secrets == known


TRACE = b"Traceback (most recent call last)"
PAGE = b"<!DOCTYPE html><html>"


def test_problems_of_an_error_body_are_found_anywhere() -> None:
    padding = b" " * KEPT_BODY
    for body in (padding + TRACE + PAGE, TRACE + PAGE + padding):
        error = read(exchange(body, 400))[0].error
        assert None not in (error.not_json, error.stack_trace, error.markup)
    error = read(exchange({"error": "x" * KEPT_BODY}, 400))[0].error
    assert (error.not_json, error.stack_trace, error.markup) == (None, None, None)
    assert read(exchange(TRACE, 200))[0].error.stack_trace is None


@pytest.mark.parametrize("body", [b'{"error":{}}', b"[1", b"", b'{"data":[{"index":0,"embedding":[0.5]}]}'])
def test_an_incomplete_body_shows_no_problem_of_form(body: bytes) -> None:
    answer, kept = read(exchange(body, 400, omitted=1))
    assert answer.error.not_json is None
    assert not answer.is_complete
    assert answer.embedding is None
    assert kept.response is not None
    assert kept.response.omitted == 1


def test_what_the_beginning_of_an_incomplete_body_shows_is_found() -> None:
    padding = b" " * KEPT_BODY
    answer, kept = read(exchange(padding + TRACE + PAGE + SECRET.encode(), 500, omitted=1000), SECRET)
    assert None not in (answer.error.stack_trace, answer.error.markup)
    assert answer.secrets == {SECRET}
    assert kept.response is not None
    assert kept.response.omitted == 1000 + len(TRACE + PAGE + SECRET.encode())


@pytest.mark.parametrize("kind", FailureKind)
def test_an_exchange_without_a_response_has_no_facts(kind: FailureKind) -> None:
    given = Exchange(Request(), None, Failure(kind, "it failed"), 0.1)
    assert read(given) == (Answer(), given)


def test_a_body_with_too_many_values_is_a_failure() -> None:
    body = b"[%b]" % b",".join([b"[]"] * (MAX_VALUES // 50))
    answer, kept = read(exchange(body))
    assert answer == Answer()
    assert kept.response is None
    assert kept.failure == Failure(
        FailureKind.TOO_LARGE, "the body has too many JSON values outside of arrays of numbers"
    )


def test_a_body_with_too_much_text_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.validation.large_json.MAX_MEMORY", 2**20)
    _, kept = read(exchange(b'["%b"]' % (b"A" * 2**20)))
    assert kept.failure is not None
    assert kept.failure.kind is FailureKind.NOT_READ


def test_headers_of_usual_size_are_kept() -> None:
    headers = (("content-type", "application/json"), ("x-long", "x" * 7000))
    assert read(exchange(b"{}", headers=headers))[1].response == Response(200, headers, b"{}")


def test_large_headers_are_shortened_but_those_that_checks_read_are_there() -> None:
    headers = (*((f"x-{n}", "y" * 700) for n in range(400)), ("allow", "POST"), ("content-type", "z" * 2000))
    response = read(exchange(b"{}", headers=headers))[1].response
    assert response is not None
    assert response.header("x-0") == "(700 characters)"
    assert response.header("allow") == "POST"
    assert response.header("content-type") == "(2,000 characters)"
    assert sum(len(name) + len(value) for name, value in response.headers) < KEPT_HEADERS + 100


def test_facts_are_freed_with_their_exchange() -> None:
    answers = Answers(CONTRACT)
    kept = answers.read(batch(3))
    assert answers.of(kept).vectors is not None
    del kept
    assert not answers._answers._results


def test_each_body_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, kept = Answers(CONTRACT), []
    kept = [answers.read(batch(2)), answers.read(exchange({"error": {}}, 400))]
    monkeypatch.setattr("conformance.checks.answers.parse_large", None)
    assert [answers.of(one).is_object for one in (*kept, *kept)] == [True] * 4
