"""The token counts of equal inputs are compared in the whole run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.answers import Answers
from conformance.checks.comparable_requests import comparable_request
from conformance.checks.token_counts import TokenCounts
from conformance.contract import Contract
from conformance.engine import Expect, Moment, Probe
from conformance.http_client import Exchange, Request, Response
from tests.checks.exchanges import payload

CONTRACT = Contract.load()
RIVER = [0.1, 0.2, 0.3]


class Run:
    """A run of requests with the token counts of their responses."""

    def __init__(self) -> None:
        self.counts, self._answers, self._number = TokenCounts(), Answers(CONTRACT), 0

    def send(self, value: Any, prompt: int, total: int | None = None, key: str = "", **options: Any) -> None:
        self._number += 1
        content = {"input": value, "model": "text-embedding-3-small", **options}
        sent = Request((("x-portkey-api-key", key),), json.dumps(content).encode(), path=CONTRACT.path)
        usage = {"prompt_tokens": prompt} | ({} if total is None else {"total_tokens": total})
        body = json.dumps(payload(RIVER) | {"usage": usage}).encode()
        exchange, answer = self._answers.read_fully(Exchange(sent, Response(200, (), body), None, 0.1))
        comparable = comparable_request(sent, CONTRACT)
        assert comparable is not None
        moment = Moment(self._number, 0.5 * self._number)
        probe = Probe("a text", sent, Expect.ACCEPT)
        self.counts.observe(exchange, answer, comparable.input_key, probe, moment)

    @property
    def reasons(self) -> list[str]:
        return [one.reason for one in self.counts.evidence()]


def test_another_count_of_an_input_is_found_with_its_moment() -> None:
    run = Run()
    for count in (7, 7, 8):
        run.send("river", count)
    assert run.reasons == [
        "expected 7 prompt tokens, as for the same input in request 1, 0.5 s after the start (a text);"
        " got 8 prompt tokens in request 3, 1.5 s after the start"
    ]


def test_another_count_of_tokens_in_total_is_found() -> None:
    run = Run()
    run.send("river", 7, total=7)
    run.send("river", 7, total=9)
    assert "got 7 prompt tokens (9 in total)" in run.reasons[0]


def test_the_length_of_the_vectors_does_not_change_the_tokens_of_an_input() -> None:
    run = Run()
    run.send("river", 7)
    run.send("river", 8, dimensions=8)
    assert len(run.reasons) == 1


@pytest.mark.parametrize(
    "options", [{"model": "text-embedding-3-large"}, {"key": "another-key"}, {"encoding_format": "base64"}]
)
def test_what_has_requirements_of_its_own_is_not_compared(options: Any) -> None:
    run = Run()
    run.send("river", 7)
    run.send("river", 8, **options)
    run.send(["river"], 9)
    assert run.reasons == []
