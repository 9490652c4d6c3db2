"""Combinations of ways to send a request: what the target rejects alone is not combined with others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from conformance.checks.context import Context
from conformance.checks.covering import Combinations
from conformance.contract import Contract
from conformance.contract.credentials import Credentials
from conformance.engine import Probe, ProbeResult
from conformance.http_client import Exchange, Response
from tests.mutants.setup import credentials

CONTRACT = Contract.load()


def answered(probe: Probe, status: int) -> ProbeResult:
    return ProbeResult(probe, Exchange(probe.request, Response(status, (), b""), None, 0.0))


def test_combinations_with_a_way_that_was_rejected_alone_are_not_judged() -> None:
    context = Context(
        CONTRACT, Credentials.sort(CONTRACT, credentials(CONTRACT)), CONTRACT.example_model or ""
    )
    array = Combinations(context, {}, lambda row: context.canary)

    async def send(probe: Probe) -> ProbeResult:
        return answered(probe, 200)

    async def sent() -> Sequence[ProbeResult]:
        return await array.procedure(lambda probe: asyncio.ensure_future(send(probe)), array.probes)

    accepted = list(asyncio.run(sent()))
    assert array.without_rejected_ways(accepted) == accepted
    (key, way), *_ = array.alone.items()
    now = [answered(r.probe, 415) if r.probe.key == key else r for r in accepted]
    kept = array.without_rejected_ways(now)
    assert len(array.probes) <= len(kept) < len(now)
    assert not any(way in array.rows.get(result.probe.key, {}).values() for result in kept)
