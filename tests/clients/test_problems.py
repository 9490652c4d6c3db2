from __future__ import annotations

import json
from dataclasses import replace

from conformance import Contract
from tests.clients.problems import embeddings_of, failures, unneeded_change, wrong_print, wrong_vectors
from tests.clients.processes import ProcessResult
from tests.clients.recorder import Call
from tests.clients.samples import Change, extract
from tests.clients.vectors import expected

CONTRACT = Contract.load()
MODEL = CONTRACT.example_model or ""
CALL = Call("POST", "/v1/embeddings", "1.1", {}, b"{}", 200)
GOOD = ProcessResult(0, "", "")
CHANGE = Change(["python Default"], "a", "b", "not a constructor", "some-erratum", "why")
SAMPLE = extract(CONTRACT)[0]
BODY = {"input": "The food was delicious and the waiter...", "model": "text-embedding-ada-002"}


def test_one_successful_request_is_no_failure() -> None:
    assert not list(failures(GOOD, [CALL]))


def test_failure_shows_the_end_of_standard_error() -> None:
    assert list(failures(replace(GOOD, code=1, stderr="a\nb\n\nTypeError: c\nend\n"), [CALL])) == [
        "it result with 1: b / TypeError: c / end"
    ]


def test_connection_outside_loopback_is_a_failure() -> None:
    assert list(failures(replace(GOOD, escapes=["lookup telemetry.invalid"]), [CALL])) == [
        "it tried to connect outside loopback: lookup telemetry.invalid"
    ]


def test_rejection_and_wrong_number_of_requests_are_failures() -> None:
    rejected = replace(CALL, status=401)
    assert list(failures(GOOD, [rejected])) == ["expected 200, found 401 for POST /v1/embeddings"]
    assert list(failures(GOOD, [])) == ["expected one request, found 0"]
    assert next(failures(GOOD, [rejected, CALL])) == "expected one request, found 2"


def test_embeddings_are_the_last_printed_line() -> None:
    assert embeddings_of(replace(GOOD, stdout="a warning\n[[0.5]]\n")) == [[0.5]]
    for text in ("", "no json", '{"a": 1}'):
        assert embeddings_of(replace(GOOD, stdout=text)) == []


def test_vectors_must_be_those_of_the_texts() -> None:
    vectors = [vector.tolist() for vector in expected(["a text"], MODEL, CONTRACT)]
    result = replace(GOOD, stdout=json.dumps(vectors))
    assert not list(wrong_vectors(result, ["a text"], MODEL, CONTRACT))
    assert len(list(wrong_vectors(result, ["another"], MODEL, CONTRACT))) == 1


def test_sample_must_print_the_vector_of_its_text() -> None:
    call = replace(CALL, body=json.dumps(BODY).encode())
    (vector,) = expected([BODY["input"]], BODY["model"], CONTRACT)
    right = replace(GOOD, stdout=str(vector.tolist()))
    assert not list(wrong_print(right, call, SAMPLE, CONTRACT))
    (problem,) = wrong_print(GOOD, call, SAMPLE, CONTRACT)
    assert problem == "expected 1 embeddings, found 0"


def test_sample_must_send_its_own_text() -> None:
    call = replace(CALL, body=json.dumps(BODY | {"input": "The food"}).encode())
    assert "'The food'" in next(wrong_print(GOOD, call, SAMPLE, CONTRACT))


def test_change_is_needed_if_the_sample_fails_as_recorded() -> None:
    assert not list(
        unneeded_change(CHANGE, ProcessResult(1, "", "TypeError: Portkey is not a constructor"), [])
    )


def test_change_is_not_needed_if_the_sample_works_without_it() -> None:
    (problem,) = unneeded_change(CHANGE, GOOD, [CALL])
    assert "it works without" in problem
    assert CHANGE.erratum in problem


def test_other_failure_of_a_sample_is_a_problem() -> None:
    (problem,) = unneeded_change(CHANGE, ProcessResult(1, "", "Error: Cannot find module"), [])
    assert problem.endswith("expected it to fail with 'not a constructor', found Error: Cannot find module")
