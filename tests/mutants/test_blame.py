"""One fault has one name: what it makes impossible to judge is blocked by it, and neither failed nor passed."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import Any

import pytest

from conformance.checks.turns import Turn
from conformance.contract import Catalogue
from conformance.engine import Verdict
from tests.faulty_servers.embeddings import changes_token_count
from tests.faulty_servers.faults import changes_payload, changes_result, crashes_on_invalid, only_for
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.all_mutants import mutants
from tests.mutants.setup import Setup, failed

ENCODING, USAGE = "response.encoding", "response.usage.required"


def blocked_by(small: Setup, root: str, patterns: tuple[str, ...], *faults: Fault) -> dict[str, str]:
    """What blocks each requirement that matches *patterns*, in a run with these and *root*; its verdict otherwise."""
    ids = _matching(small.contract.catalogue, patterns)
    outcomes = small.run(*faults, selected=[*ids, root]).outcomes
    assert outcomes[root].verdict is Verdict.FAIL
    found = {id: outcomes[id] for id in ids}
    return {id: o.blocked_by if o.verdict is Verdict.BLOCKED else o.verdict.value for id, o in found.items()}


def _matching(catalogue: Catalogue, patterns: tuple[str, ...]) -> list[str]:
    return [id for id in catalogue if any(fnmatchcase(id, pattern) for pattern in patterns)]


@pytest.mark.slow
def test_without_any_base64_nothing_about_it_passes(small: Setup) -> None:
    fault = mutants(small.contract)["ignores base64"].fault
    of_responses = ("response.base64*", "response.data.items.embedding.string.type")
    found = blocked_by(small, ENCODING, (*of_responses, "meaning.models", "state.cache.options"), fault)
    assert found == dict.fromkeys(found, ENCODING)
    assert len(found) == 5


def test_a_rejection_that_is_allowed_does_not_excuse_another_one(small: Setup) -> None:
    fault = mutants(small.contract)["rejects base64"].fault
    root, id = "request.encoding_format.enum", "response.usage.encodings"
    assert blocked_by(small, root, (id,), fault) == {id: root}


def test_an_absent_object_is_the_cause_for_all_that_is_in_it(small: Setup) -> None:
    crash = crashes_on_invalid(lambda request: b"\\ud800" in request.body.lower())
    fault = mutants(small.contract)["omits usage"].fault
    patterns = ("response.usage.prompt_tokens.*", "response.usage.total*", "response.usage.[gst]*")
    found = blocked_by(small, USAGE, (*patterns, "request.text.edge-cases"), fault, crash)
    found.pop("request.text.edge-cases")
    assert found == dict.fromkeys(found, USAGE)
    assert len(found) > 6


def test_an_invalid_request_that_is_accepted_anyway_says_nothing_about_transports(small: Setup) -> None:
    async def accepts_invalid(request: Request, correct: Server) -> Response:
        response = await correct(request)
        valid = {"model": small.contract.example_model, "input": "river"}
        return await correct(request.with_payload(valid)) if response.status == 400 else response

    id = "http.transport.invalid"
    outcome = small.run(accepts_invalid, selected=[id, "request.model.required"]).outcomes[id]
    assert outcome.verdict is Verdict.BLOCKED
    assert outcome.blocked_by.startswith("request.")


def is_unknown(payload: Payload) -> bool:
    return "-1" in str(payload.get("input"))


KNOWN = only_for(is_unknown, changes_payload(lambda _: True, lambda payload: {**payload, "input": [97]}))


def outcome_of_unknown_tokens(small: Setup, fault: Fault) -> Verdict:
    id = "state.out-of-vocabulary"
    return small.run(KNOWN, fault, selected=[id]).outcomes[id].verdict


def test_a_server_that_counts_no_tokens_does_not_crash_on_unknown_ones(small: Setup) -> None:
    assert outcome_of_unknown_tokens(small, changes_token_count(lambda _: 0)) is Verdict.PASS


def test_wrong_data_for_unknown_tokens_is_no_pass(small: Setup) -> None:
    def without_items(result: Any, _: Payload) -> None:
        result["data"] = []

    wrong = only_for(is_unknown, changes_result(without_items))
    assert outcome_of_unknown_tokens(small, wrong) is Verdict.FAIL


def test_a_crash_on_an_unusual_form_of_what_is_accepted_fails(small: Setup) -> None:
    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if response.status != 400:
            return response
        if request.header("transfer-encoding") is not None:
            return error(500)
        return await correct(request.with_payload({"model": small.contract.example_model, "input": "river"}))

    id = "http.transport.invalid"
    assert small.run(server, selected=[id]).outcomes[id].verdict is Verdict.FAIL


def test_what_failing_transports_have_in_common_is_the_pattern_of_the_evidence(small: Setup) -> None:
    fault = mutants(small.contract)["does not validate bodies of HTTP/1.0 clients"].fault
    evidence = (
        small.run(fault, selected=["http.transport.invalid"]).outcomes["http.transport.invalid"].evidence
    )
    assert evidence
    assert {one.pattern for one in evidence} == {"the server fails only with HTTP/1.0"}


def test_further_requests_show_which_options_a_failure_needs(small: Setup) -> None:
    fault = mutants(small.contract)["rejects a user together with base64"].fault
    outcome = small.run(fault, selected=["meaning.combinations"]).outcomes["meaning.combinations"]
    patterns = {one.pattern for one in outcome.evidence}
    assert len(patterns) == 1
    (pattern,) = patterns
    assert pattern.startswith("the server fails only with encoding_format base64 and user ")
    assert pattern in outcome.reason


def test_the_tokens_of_another_text_are_no_failure_of_their_own(small: Setup) -> None:
    fault = mutants(small.contract)["decodes escaped surrogate pairs as two characters"].fault
    assert failed(small.run(fault, selected=["meaning.json-escapes", "response.usage.repeated"])) == {
        "meaning.json-escapes"
    }


def test_nothing_comes_between_a_rejected_request_and_the_next(small: Setup) -> None:
    turns = {id: check.last for id, check in small.suite(None).checks.items()}
    assert [id for id, turn in turns.items() if turn == Turn.AFTER_REJECTION] == ["state.after-rejection"]


class Wedged:
    """Responds with 500 to the next four requests after one with unusable dimensions."""

    def __init__(self) -> None:
        self._left = 0

    async def __call__(self, request: Request, correct: Server) -> Response:
        if self._left:
            self._left -= 1
            return error(500)
        payload = request.payload()
        dimensions = payload.get("dimensions") if isinstance(payload, dict) else None
        response = await correct(request)
        if dimensions is not None and response.status == 400:
            self._left = 4
        return response


class NumbersTogether:
    """Numbers the embeddings of requests that are in flight at the same time as if they were one batch."""

    def __init__(self) -> None:
        self._in_flight = 0

    async def __call__(self, request: Request, correct: Server) -> Response:
        begin, self._in_flight = self._in_flight, self._in_flight + 1
        try:
            await asyncio.sleep(0.005)
            return await changes_result(lambda result, _: _begins_at(result, begin))(request, correct)
        finally:
            self._in_flight -= 1


def _begins_at(result: Any, begin: int) -> None:
    for item in result["data"]:
        item["index"] += begin


@pytest.mark.parametrize(
    ("fault", "patterns", "owner"),
    [
        (Wedged, ("auth.accept.*", "auth.secret.*.wrong", "request.dimensions.*"), "state.after-rejection"),
        (NumbersTogether, ("response.index", "http.client.[os]*"), "state.concurrent"),
    ],
)
def test_what_a_server_does_after_or_beside_other_requests_is_one_failure(
    fault: type[Wedged | NumbersTogether], patterns: tuple[str, ...], owner: str, small: Setup
) -> None:
    found = blocked_by(small, owner, patterns, fault())
    assert owner in found.values()
    assert set(found.values()) <= {owner, "pass"}


def test_a_server_that_changes_for_good_is_one_failure(small: Setup) -> None:
    fault = mutants(small.contract)["uses another model for all requests after the first 80"].fault
    result = small.run(
        fault,
        selected=[
            "state.same-text",
            "state.concurrent",
            *_matching(small.contract.catalogue, ("request.*",)),
        ],
    )
    assert failed(result) == {"state.same-text"}
    (first, *_) = result.outcomes["state.same-text"].evidence
    assert first.reproduction.startswith("The server changed during the run")
