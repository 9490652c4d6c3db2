"""The vectors of one text are compared in the whole run."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from conformance.checks import same_texts
from conformance.checks.alone import ALONE
from conformance.checks.answers import Answers
from conformance.checks.comparable_requests import comparable_request, is_comparable
from conformance.checks.same_texts import SameTexts
from conformance.contract import Contract
from conformance.engine import Expect, Moment, Probe
from conformance.http_client import Exchange, Request, Response
from tests.checks.exchanges import payload
from tests.mutants.setup import Setup

CONTRACT = Contract.load()
MODEL = "text-embedding-3-small"
RIVER = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
STONE = [*RIVER[::-1]]


class Run:
    """A run of requests with the vectors of their responses."""

    def __init__(self) -> None:
        self.texts, self._answers, self._number = SameTexts(), Answers(CONTRACT), 0

    def send(self, value: Any, *vectors: Any, **options: Any) -> None:
        self._number += 1
        scenario, expect = options.pop("scenario", None), options.pop("expect", Expect.ACCEPT)
        sent = request(value, **options)
        exchange = Exchange(sent, Response(200, (), json.dumps(payload(*vectors)).encode()), None, 0.1)
        kept, answer = self._answers.read_fully(exchange)
        probe = Probe("a text", sent, expect, scenario=scenario)
        comparable = comparable_request(sent, CONTRACT)
        assert comparable is not None
        if is_comparable(probe):
            self.texts.observe(
                kept, answer.vectors, comparable, probe, Moment(self._number, 0.5 * self._number)
            )

    @property
    def found(self) -> list[str]:
        return [one.actual for one in self.texts.evidence()]


def request(value: Any, key: str = "", body: bytes | None = None, **options: Any) -> Request:
    content = {"input": value, "model": MODEL, **options}
    headers = (("x-portkey-api-key", key),)
    return Request(headers, body or json.dumps(content).encode(), path=CONTRACT.path)


def test_another_vector_of_a_text_is_found_with_its_moment() -> None:
    run = Run()
    for vector in (RIVER, STONE, RIVER):
        run.send("river", vector)
    assert run.found == [
        "another vector in request 2, 1.0 s after the start (a cosine similarity of 0.588235);"
        " the first vector is that of request 1, 0.5 s after the start; 1 of 2 repeated vectors of the run differ"
    ]


def test_each_text_of_a_batch_is_compared() -> None:
    run = Run()
    run.send("river", RIVER)
    run.send(["stone", "river"], STONE, RIVER)
    assert run.found == []
    run.send(["river", "stone"], STONE, RIVER)
    assert len(run.found) == 2


def test_the_encoding_does_not_make_another_text() -> None:
    run = Run()
    run.send("river", RIVER, encoding_format="float")
    run.send("river", STONE)
    assert len(run.found) == 1


@pytest.mark.parametrize(
    "options", [{"model": "text-embedding-3-large"}, {"dimensions": 8}, {"key": "another-key"}]
)
def test_other_options_and_credentials_make_another_text(options: Any) -> None:
    run = Run()
    run.send("river", RIVER)
    run.send("river", STONE, **options)
    assert run.found == []


def test_text_and_array_of_its_digits_are_different_inputs() -> None:
    run = Run()
    run.send("[1, 2]", RIVER)
    run.send([1, 2], STONE)
    run.send([[1, 2]], STONE)
    assert run.found == []
    run.send([[1, 2], [3]], RIVER, STONE)
    assert len(run.found) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"input":"river","input":"stone","model":"text-embedding-3-small"}',
        b'{"input":"stone","model":"text-embedding-3-small","dimensions":0}',
        b"[1",
    ],
)
def test_requests_that_the_contract_forbids_are_not_compared(body: bytes) -> None:
    assert comparable_request(request("", body=body), CONTRACT) is None


def test_requests_to_other_paths_are_not_compared() -> None:
    sent = request("river")
    assert comparable_request(sent, CONTRACT) is not None
    for other in (Request(sent.headers, sent.body, path="/other"), Request(sent.headers, sent.body, "PUT")):
        assert comparable_request(other, CONTRACT) is None


def test_noise_is_not_another_vector() -> None:
    run, random = Run(), np.random.default_rng(0)
    vector = random.standard_normal(96)
    for _ in range(30):
        run.send("river", [*(vector + 1e-3 * random.standard_normal(96))])
    assert run.found == []


def test_very_short_vectors_are_not_compared() -> None:
    run = Run()
    run.send("river", [0.0001], dimensions=1)
    run.send("river", [-0.0001], dimensions=1)
    assert run.found == []


def test_requests_that_must_be_rejected_are_not_compared() -> None:
    run = Run()
    run.send("river", RIVER)
    run.send("river", STONE, expect=Expect.REJECT)
    assert run.found == []
    run.send("river", STONE, expect=Expect.EITHER)
    assert len(run.found) == 1


def test_another_length_than_the_requested_one_is_not_another_vector() -> None:
    run = Run()
    run.send("river", RIVER, dimensions=8)
    run.send("river", [*RIVER, 0.9], dimensions=8)
    assert run.found == []
    run.send("river", RIVER)
    run.send("river", [*RIVER, 0.9])
    assert len(run.found) == 1


def test_only_requests_that_are_just_alone_are_compared_of_those_with_a_scenario() -> None:
    run = Run()
    run.send("river", RIVER)
    run.send("river", STONE, scenario=object())
    assert run.found == []
    run.send("river", STONE, scenario=ALONE)
    assert len(run.found) == 1


def test_memory_and_evidence_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(same_texts, "MAX_BYTES", 4 * len(RIVER))
    run = Run()
    run.send("river", RIVER)
    run.send("stone", STONE)
    run.send("stone", RIVER)
    assert run.found == []
    for _ in range(20):
        run.send("river", STONE)
    assert len(run.found) == same_texts.MAX_DIFFERENCES
    assert "20 of 20 repeated vectors" in run.found[0]


@pytest.mark.parametrize(("right", "is_change"), [(2, False), (3, True)])
def test_a_change_is_the_first_other_vector_after_many_right_ones(
    monkeypatch: pytest.MonkeyPatch, right: int, is_change: bool
) -> None:
    monkeypatch.setattr(same_texts, "STEADY", 2)
    run = Run()
    for vector in (*[RIVER] * right, STONE, STONE):
        run.send("river", vector)
    assert run.texts.change == (Probe("a text", request("river"), Expect.ACCEPT) if is_change else None)


def test_the_engine_of_a_run_learns_of_a_change(monkeypatch: pytest.MonkeyPatch, small: Setup) -> None:
    monkeypatch.setattr(same_texts, "STEADY", 0)
    reader, sent = small.suite(None).reader, Probe("a text", request("river"), Expect.ACCEPT)
    for number, vector in enumerate((RIVER, STONE), 1):
        assert reader.change() is None
        response = Response(200, (), json.dumps(payload(vector)).encode())
        reader.read(Exchange(sent.request, response, None, 0.1), sent, Moment(number, 0.0))
    assert reader.change() == sent
