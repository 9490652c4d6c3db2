"""Find the largest request body that the target accepts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from conformance.http_client import Transport

from .client import ProbeContext
from .findings import Finding, shown_finding
from .probing import Outcome, ProbeResult, read_result

KIB = 1024

SMALLEST, LARGEST = 64, 4096
"""KiB of the bodies that are tried."""

EXPECTED = 1024
"""KiB of the largest body that a run expects to be accepted."""


async def body_findings(context: ProbeContext) -> AsyncIterator[Finding]:
    """Yield a finding on the largest body, in KiB: doubled up to LARGEST. Most of it is whitespace."""

    async def attempt(kibibytes: int) -> ProbeResult:
        return await _with_body(context, kibibytes * KIB)

    size, result = SMALLEST, await attempt(SMALLEST)
    while result.outcome is Outcome.ACCEPTED and size < LARGEST:
        size *= 2
        result = await attempt(size)
    if result.outcome is Outcome.ACCEPTED:
        yield shown_finding(f"body: a body of {size:,} KiB is accepted; larger ones were not tried")
        return
    before = f"a body of {size // 2:,} KiB is accepted; " if size > SMALLEST else ""
    sent = f"{before}a body of {size:,} KiB: {result.note}"
    match result.outcome:
        case Outcome.REJECTED if size > EXPECTED:
            yield shown_finding(f"body: {sent}")
        case Outcome.REJECTED:
            yield shown_finding(f"body: {sent}; requirement http.size.accepted will fail")
        case Outcome.UNKNOWN | Outcome.UNANSWERED:
            yield shown_finding(f"body: unknown ({sent})")
        case _:
            yield shown_finding(f"body: {sent}; requirement http.size.no-crash will fail")


async def _with_body(context: ProbeContext, size: int) -> ProbeResult:
    """The result of a plain request with a body of *size* bytes.

    If the connection breaks, the request is sent once more. The client then waits for the response to the head, which
    it can lose when a server rejects a body before it has read it.
    """
    plain = context.requests.request(context.model)
    assert isinstance(plain.body, bytes)
    padded = replace(plain, body=plain.body[:1] + b" " * (size - len(plain.body)) + plain.body[1:])
    result = read_result(await context.client.send(padded), context.client.redact, context.roles)
    if result.outcome is not Outcome.CRASHED or result.status:
        return result
    waiting = replace(padded, transport=Transport(expect_continue=True))
    again = read_result(await context.client.send(waiting), context.client.redact, context.roles)
    return again if again.outcome is Outcome.REJECTED else result
