"""A surprising response is repeated: the cause decides which requirement fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from conformance.engine import Check, Expect, FaultKind, Load, Probe
from conformance.engine.attribution import Attribution
from conformance.engine.faults import FaultLog
from conformance.engine.transmission import Record
from conformance.http_client import Exchange, Failure, FailureKind, Request, Transport, UnrequestedBytes
from tests.engine.fakes import (
    CANARY,
    FakeTarget,
    Result,
    by_path,
    check,
    exchange,
    probe,
    run,
    status,
    verdicts,
)

BODY = b"{}"
MAX_HISTORY = 8
"""Requests of a kept connection that an exchange names."""


class OneConnection(FakeTarget):
    """Keeps one connection. *answer* gets a request and those before it on the same connection."""

    def __init__(self, answer: Callable[[Request, Sequence[Request]], Result]) -> None:
        super().__init__(lambda request: 200)
        self._answer = answer
        self._kept: list[Request] = []

    def close(self) -> None:
        """Begin a new connection."""
        self._kept.clear()

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        before = self._kept[-MAX_HISTORY:] if after is None else list(after)
        self.requests.append(request)
        await asyncio.sleep(0)
        if after is None:
            self._kept.append(request)
        return replace(exchange(request, self._answer(request, before)), before=tuple(before))


def observing(id: str, kind: FaultKind) -> Check:
    return replace(check(id, CANARY), observes=kind)


def with_body(name: str, expect: Expect = Expect.ACCEPT) -> Probe:
    return replace(probe(name, expect), request=Request(path=f"/{name}", body=BODY))


BAD_THEN_NEXT = (
    observing("unread", FaultKind.UNREAD_BODY),
    check("bad", with_body("bad", Expect.REJECT)),
    check("next", probe("next"), needs=["bad"]),
)


def after_bad(request: Request, before: Sequence[Request]) -> bool:
    return bool(before) and before[-1].path == "/bad" and request.path != "/bad"


def test_a_body_that_is_not_read_fails_one_requirement_of_its_own() -> None:
    def answer(request: Request, before: Sequence[Request]) -> Result:
        if request.path == "/bad":
            return 404
        return 501 if after_bad(request, before) and before[-1].body else 200

    result = run(BAD_THEN_NEXT, OneConnection(answer), load=Load(concurrency=1))
    assert verdicts(result) == {"unread": "fail", "bad": "pass", "next": "pass"}
    (evidence,) = result.outcomes["unread"].evidence
    assert evidence.exchange.request.path == "/next"


def test_a_failure_after_a_rejected_request_on_any_connection_is_no_unread_body() -> None:
    """One of the next requests fails after a rejected one with a body, whatever its connection is."""
    broken: list[Request] = []

    def answer(request: Request, before: Sequence[Request]) -> Result:
        broken.extend(one for one in (*before[-1:], request) if one.path == "/bad" and one.body)
        if request.path != "/next":
            return 404 if request.path == "/bad" else 200
        fails = bool(broken)
        broken.clear()
        return 500 if fails else 200

    assert verdicts(run(BAD_THEN_NEXT, OneConnection(answer), load=Load(concurrency=1)))["unread"] == "pass"


def test_a_missing_rejection_on_a_kept_connection_stays_a_failure_of_its_requirement() -> None:
    def answer(request: Request, before: Sequence[Request]) -> Result:
        return 200 if request.path != "/wrong-key" or before else 401

    checks = [
        observing("unread", FaultKind.UNREAD_BODY),
        check("a", with_body("a")),
        check("auth", with_body("wrong-key", Expect.REJECT), needs=["a"]),
    ]
    result = run(checks, OneConnection(answer), load=Load(concurrency=1))
    assert verdicts(result) == {"unread": "pass", "a": "pass", "auth": "fail"}


def test_what_a_kept_connection_changes_is_not_load() -> None:
    """The request is in flight together with others, and succeeds alone on a new connection."""

    def answer(request: Request, before: Sequence[Request]) -> Result:
        return 200 if request.path != "/wrong-key" or before else 401

    checks = [
        observing("load", FaultKind.LOAD),
        check("auth", with_body("wrong-key", Expect.REJECT)),
        *(check(f"c{n}") for n in range(8)),
    ]
    found = verdicts(run(checks, OneConnection(answer), load=Load(concurrency=4)))
    assert (found["load"], found["auth"]) == ("pass", "fail")


def test_a_failure_on_new_connections_too_is_not_attributed_to_the_connection() -> None:
    def answer(request: Request, _before: Sequence[Request]) -> Result:
        return 404 if request.path == "/bad" else 500 if request.path == "/next" else 200

    result = run(BAD_THEN_NEXT, OneConnection(answer), load=Load(concurrency=1))
    assert verdicts(result) == {"unread": "pass", "bad": "pass", "next": "fail"}


def test_a_response_that_is_cut_off_on_a_kept_connection_only_fails_one_requirement() -> None:
    class CutsOff(OneConnection):
        async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
            sent = await super().send(request, after=after)
            if len(sent.before) < 3:
                return sent
            self.close()
            return replace(sent, response=None, failure=Failure(FailureKind.DROPPED, "cut off", begun=True))

    checks = [observing("framing", FaultKind.FRAMING), *(check(name) for name in "abcdef")]
    result = run(checks, CutsOff(lambda request, before: 200), load=Load(concurrency=1))
    found = verdicts(result)
    assert found.pop("framing") == "fail"
    assert set(found.values()) == {"pass"}
    (evidence, *_) = result.outcomes["framing"].evidence
    assert "kept connection" in evidence.actual


def test_a_response_with_two_lengths_is_a_fault_of_framing() -> None:
    both = status(200, content_length="0", transfer_encoding="chunked")
    checks = [observing("framing", FaultKind.FRAMING), check("a")]
    result = run(checks, FakeTarget(lambda request: both if request.path == "/a" else 200))
    assert verdicts(result) == {"framing": "fail", "a": "pass"}


def test_a_known_cause_is_tried_first_so_that_a_target_which_fails_under_load_gets_few_repeats() -> None:
    class FailsBesideOthers(OneConnection):
        async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
            self.replayed += len(after or ())
            self.running += 1
            await asyncio.sleep(0.01)
            beside = self.running > 1
            sent = await super().send(request, after=after)
            self.running -= 1
            failed = beside and request != CANARY.request
            return (
                replace(sent, response=replace(sent.response, status=500))
                if failed and sent.response
                else sent
            )

        replayed = 0

    target = FailsBesideOthers(lambda request, before: 200)
    checks = [
        observing("load", FaultKind.LOAD),
        observing("unread", FaultKind.UNREAD_BODY),
        *(check(f"c{n}", with_body(f"c{n}")) for n in range(40)),
    ]
    result = run(checks, target, load=Load(concurrency=8))
    assert verdicts(result)["load"] == "fail"
    assert verdicts(result)["unread"] == "pass"
    assert {verdicts(result)[f"c{n}"] for n in range(40)} == {"pass"}
    assert target.replayed < 8 * 3 * MAX_HISTORY


def test_a_pipelined_request_is_repeated_as_it_was_sent() -> None:
    """Without the requests before it, it would be answered: they are its subject."""
    pipelined = replace(
        with_body("pipelined"),
        request=Request(path="/pipelined", body=BODY, transport=Transport(pipelined=True)),
        after=(Request(path="/first", body=BODY),),
    )

    def answer(request: Request, before: Sequence[Request]) -> Result:
        return 500 if request.path == "/pipelined" and before else 200

    checks = [
        observing("load", FaultKind.LOAD),
        observing("unread", FaultKind.UNREAD_BODY),
        check("pipelined", pipelined),
        *(check(f"c{n}") for n in range(8)),
    ]
    result = run(checks, OneConnection(answer), load=Load(concurrency=8))
    failed = {id for id, verdict in verdicts(result).items() if verdict != "pass"}
    assert failed == {"pipelined"}


def test_a_response_that_is_not_http_fails_one_requirement_and_blocks_the_check() -> None:
    checks = [observing("framing", FaultKind.FRAMING), check("a"), check("b")]
    result = run(checks, by_path({"a": FailureKind.PROTOCOL}))
    assert verdicts(result) == {"framing": "fail", "a": "blocked", "b": "pass"}
    assert result.outcomes["a"].blocked_by == "framing"
    assert result.outcomes["framing"].evidence[0].exchange.request.path == "/a"


def test_bytes_without_a_request_fail_one_requirement() -> None:
    class Unrequested(FakeTarget):
        @property
        def unrequested(self) -> Sequence[UnrequestedBytes]:
            sent = [request for request in self.requests if request.path == "/a"]
            return [UnrequestedBytes(exchange(sent[0], 200), b"HTTP/1.1 500 X")] if sent else []

    checks = [observing("extra", FaultKind.EXTRA_BYTES), check("a"), check("b")]
    assert verdicts(run(checks, Unrequested(lambda request: 200))) == {
        "extra": "fail",
        "a": "pass",
        "b": "pass",
    }


def test_the_announcement_that_an_idle_connection_is_closed_is_no_failure() -> None:
    class Announces(FakeTarget):
        @property
        def unrequested(self) -> Sequence[UnrequestedBytes]:
            return [UnrequestedBytes(exchange(CANARY.request, 200), b"HTTP/1.1 408 Request Timeout\r\n\r\n")]

    checks = [observing("extra", FaultKind.EXTRA_BYTES), check("a")]
    assert verdicts(run(checks, Announces(lambda request: 200))) == {"extra": "pass", "a": "pass"}


def test_wrong_statuses_beside_other_requests_only_are_load() -> None:
    async def behave(_request: Request) -> Result:
        await asyncio.sleep(0.01)
        return 500 if target.running > 3 else 200

    target = FakeTarget(behave)
    checks = [observing("load", FaultKind.LOAD), *(check(f"c{n}") for n in range(20))]
    found = verdicts(run(checks, target))
    assert found.pop("load") == "fail"
    assert set(found.values()) == {"pass"}


def test_a_status_that_alternates_is_not_load() -> None:
    async def behave(request: Request) -> Result:
        await asyncio.sleep(0.01)
        return 500 if request.path == "/a" and len(target.requests) % 2 else 200

    target = FakeTarget(behave)
    checks = [observing("load", FaultKind.LOAD), *(check(name) for name in "abcdef")]
    assert verdicts(run(checks, target))["load"] == "pass"


def test_a_failure_after_a_rejected_request_is_not_load() -> None:
    """Beside others it always fails, because other checks send rejected requests at the same time."""
    bad, next_one, log = probe("bad", Expect.REJECT), probe("next"), FaultLog()
    sent: list[str] = []

    async def send(one: Probe, *, after: Sequence[Request]) -> Exchange:
        sent.extend(request.path for request in (*after, one.request))
        follows = one.request.path == "/next" and sent[-2:-1] == ["/bad"]
        return exchange(one.request, 404 if one is bad else 500 if follows else 200)

    async def send_beside_others(one: Probe) -> Exchange:
        return exchange(one.request, 500)

    transmission: Any = SimpleNamespace(
        faults=log,
        history=[Record(bad, 0.0, 0.1)],
        requests=100,
        send=send,
        send_in_slot=send_beside_others,
        throttle=SimpleNamespace(slots=2, exclusive_slot=lambda _: nullcontext(), narrow=lambda: None),
        was_accompanied=lambda _: True,
    )
    surprising = exchange(next_one.request, 500)
    attribution = Attribution(transmission, CANARY, {FaultKind.LOAD})
    assert asyncio.run(attribution.to_judge(next_one, surprising)) is surprising
    assert not log.of(FaultKind.LOAD)
