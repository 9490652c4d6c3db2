from __future__ import annotations

import json
from dataclasses import replace

from conformance import Contract
from tests.clients.judging import embeddings_of, failures, unneeded, wrong_print, wrong_vectors
from tests.clients.processes import Ended
from tests.clients.recorder import Call
from tests.clients.samples import Change, extract
from tests.clients.vectors import expected

CONTRACT = Contract.load()
MODEL = CONTRACT.example_model or ""
CALL = Call("POST", "/v1/embeddings", "1.1", {}, b"{}", 200)
GOOD = Ended(0, "", "")
CHANGE = Change(["python Default"], "a", "b", "not a constructor", "some-erratum", "why")
SAMPLE = extract(CONTRACT)[0]
BODY = {"input": "The food was delicious and the waiter...", "model": "text-embedding-ada-002"}


def test_one_request_that_is_answered_is_no_failure() -> None:
    assert not list(failures(GOOD, [CALL]))


def test_a_failure_shows_the_end_of_standard_error() -> None:
    assert list(failures(replace(GOOD, code=1, stderr="a\nb\n\nTypeError: c\nend\n"), [CALL])) == [
        "it ended with 1: b / TypeError: c / end"
    ]


def test_an_attempt_to_leave_loopback_fails_a_client_that_is_right_otherwise() -> None:
    assert list(failures(replace(GOOD, escapes=["lookup telemetry.invalid"]), [CALL])) == [
        "it tried to leave loopback: lookup telemetry.invalid"
    ]


def test_a_refusal_and_another_number_of_requests_are_failures() -> None:
    refused = replace(CALL, status=401)
    assert list(failures(GOOD, [refused])) == ["expected 200, found 401 for POST /v1/embeddings"]
    assert list(failures(GOOD, [])) == ["expected one request, found 0"]
    assert next(failures(GOOD, [refused, CALL])) == "expected one request, found 2"


def test_the_last_line_that_a_program_prints_is_its_embeddings() -> None:
    assert embeddings_of(replace(GOOD, stdout="a warning\n[[0.5]]\n")) == [[0.5]]
    for text in ("", "no json", '{"a": 1}'):
        assert embeddings_of(replace(GOOD, stdout=text)) == []


def test_vectors_are_those_of_the_texts() -> None:
    vectors = [vector.tolist() for vector in expected(["a text"], MODEL, CONTRACT)]
    ended = replace(GOOD, stdout=json.dumps(vectors))
    assert not list(wrong_vectors(ended, ["a text"], MODEL, CONTRACT))
    assert len(list(wrong_vectors(ended, ["another"], MODEL, CONTRACT))) == 1


def test_a_sample_prints_the_vector_of_its_own_text() -> None:
    call = replace(CALL, body=json.dumps(BODY).encode())
    (vector,) = expected([BODY["input"]], BODY["model"], CONTRACT)
    right = replace(GOOD, stdout=str(vector.tolist()))
    assert not list(wrong_print(right, call, SAMPLE, CONTRACT))
    (problem,) = wrong_print(GOOD, call, SAMPLE, CONTRACT)
    assert problem == "expected 1 embeddings, found 0"


def test_a_sample_that_sends_another_text_is_wrong() -> None:
    call = replace(CALL, body=json.dumps(BODY | {"input": "The food"}).encode())
    assert "'The food'" in next(wrong_print(GOOD, call, SAMPLE, CONTRACT))


def test_a_change_is_needed_where_the_sample_fails_as_it_is_known_to() -> None:
    assert not list(unneeded(CHANGE, Ended(1, "", "TypeError: Portkey is not a constructor"), []))


def test_a_change_is_not_needed_where_the_sample_works_without_it() -> None:
    (problem,) = unneeded(CHANGE, GOOD, [CALL])
    assert "the client was mended" in problem
    assert CHANGE.erratum in problem


def test_a_sample_that_fails_for_another_reason_is_a_problem() -> None:
    (problem,) = unneeded(CHANGE, Ended(1, "", "Error: Cannot find module"), [])
    assert problem.endswith("expected it to fail with 'not a constructor', found Error: Cannot find module")
