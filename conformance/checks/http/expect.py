"""Area ``http``: a client that waits before it sends the body is told to go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    ProbeResult,
    judges_all,
    send_in_sequence,
)
from conformance.http_client import CONTINUE_SECONDS, Transport

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
        if first.exchange.seconds > CONTINUE_SECONDS / 2:
            raise NothingToJudge("the target is too slow to see whether it waits for the body")
        for same in (others[:TRIES], others[TRIES:]):
            late = [result for result in same if result.exchange.seconds >= CONTINUE_SECONDS]
            if len(late) == TRIES:
                found = f"nothing within {CONTINUE_SECONDS:g} s"
                yield evidence(late[-1], "100 or a final status before the body is sent", found=found)

    needs = (context.authorized_by,)
    return Check(requirement, (plain, *waiting), judge, needs, procedure=send_in_sequence)


CHECKS: Makers = {"http.expect": _expect}
