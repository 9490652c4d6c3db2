"""Area ``http``: a client that waits before it sends the body is told to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    ProbeResult,
    judges_all,
    send_in_sequence,
)
from conformance.generators.transports import VERSION_REJECTED
from conformance.http_client import CONTINUE_SECONDS, Transport

EXPECTATION_FAILED = 417

EXPECT_IGNORED = "only the final response, as without Expect"

TRIES = 2
"""A busy machine may delay one response."""


def _expect(context: Context, requirement: Requirement) -> Check:
    """The client sends the body after CONTINUE_SECONDS in any case, so that a late response shows that it waited."""
    body = context.plain.body
    plain = replace(context.canary, description="a request without Expect", occurrence="expect")
    waiting = [
        replace(
            context.canary,
            description=f"{what} with Expect: 100-continue",
            request=replace(context.canary.request, body=sent, transport=Transport(expect_continue=True)),
            expect=Expect.EITHER,
            occurrence=("expect", number),
        )
        for what, sent in (("a request", body), ("a chunked request", (body,)))
        for number in range(TRIES)
    ]

    @judges_all("100 or a final status before the body is sent")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        first, *others = results
        for same in (others[:TRIES], others[TRIES:]):
            late = [result for result in same if _waits_for_body(result)]
            if len(late) == TRIES:
                if first.exchange.seconds > CONTINUE_SECONDS / 2:
                    raise NotObservable(
                        "the server is too slow: the suite cannot see whether it waits for the body"
                    )
                found = f"no response within {CONTINUE_SECONDS:g} s"
                yield evidence(late[-1], "100 or a final status before the body is sent", found=found)

    needs = (context.authorized_by,)
    return Check(requirement, (plain, *waiting), judge, needs, procedure=send_in_sequence)


def _waits_for_body(result: ProbeResult) -> bool:
    """Whether nothing came before the body was sent. After a 100, the final response may take any time."""
    return result.exchange.seconds >= CONTINUE_SECONDS and not result.exchange.interim


def _expect_of_http10(context: Context, requirement: Requirement) -> Check:
    """A client that speaks HTTP/1.0 reads an interim response as the final one.

    A server that rejects Expect in every version may do so here too, and one without HTTP/1.0 may reject the version.
    """
    usual = replace(
        context.canary,
        description="a request with Expect: 100-continue",
        request=replace(context.canary.request, transport=Transport(expect_continue=True)),
        after=(),
    )
    old = replace(
        context.canary,
        description="a request with Expect: 100-continue, HTTP/1.0",
        request=replace(context.canary.request, transport=Transport(http10=True, expect_continue=True)),
        expect=Expect.EITHER,
    )

    @judges_all(EXPECT_IGNORED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        by_key = {result.probe.key: result for result in results}
        allowed = {*VERSION_REJECTED}
        if usual.key in by_key and by_key[usual.key].exchange.status == EXPECTATION_FAILED:
            allowed.add(EXPECTATION_FAILED)
        if old.key in by_key and by_key[old.key].exchange.status not in allowed:
            yield from filter(None, [_ignores_expect(by_key[old.key])])

    return Check(requirement, (usual, old), judge, (context.authorized_by,))


def _ignores_expect(result: ProbeResult) -> Evidence | None:
    if result.exchange.interim:
        return evidence(result, EXPECT_IGNORED, found=f"a {result.exchange.interim[0]} before it")
    if result.exchange.status == EXPECTATION_FAILED:
        return evidence(result, EXPECT_IGNORED)
    return meets_expectation(result)


CHECKS: Makers = {"http.expect": _expect, "http.expect.http10": _expect_of_http10}
