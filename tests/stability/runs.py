"""Snapshots of the small reference server, and runs of the suite with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.checks import SNAPSHOT, build_suite
from conformance.drift import Comparison, Snapshot, packaged_texts
from conformance.engine import Load, Run, RunResult, Settings
from conformance.generators.plain_requests import PlainRequests
from conformance.reference import BASE_PATH
from conformance.snapshot import TextRequests, record_snapshot
from tests.faulty_servers.servers import Fault
from tests.mutants.setup import Setup, credentials, small_contract

AREA = "stability"


@dataclass(frozen=True)
class Finished:
    """A run with a snapshot: its result, and the comparison of all responses."""

    result: RunResult
    comparison: Comparison | None


@cache
def small_setup() -> Setup:
    """The small contract with its correct server."""
    with TemporaryDirectory() as folder:
        return Setup.of(small_contract(Path(folder)))


def requests_of(setup: Setup) -> TextRequests:
    """The requests of a recording."""
    headers = tuple(credentials(setup.contract))
    model = setup.contract.default_model
    assert model is not None
    return TextRequests(PlainRequests(setup.contract, BASE_PATH, headers), model)


def recorded(*faults: Fault) -> Snapshot:
    """A snapshot of the correct server with *faults*."""
    setup = small_setup()
    target = setup.target(*faults)
    return asyncio.run(
        record_snapshot(target, requests_of(setup), packaged_texts(), shown_url="http://testserver/v1")
    )


@cache
def reference_snapshot() -> Snapshot:
    """The snapshot of the correct server."""
    return recorded()


def run_with_snapshot(
    *faults: Fault,
    snapshot: Snapshot | None = None,
    tolerance: float | None = None,
    only: Sequence[str] | None = None,
) -> Finished:
    """Run the area, or *only* some of it, against the correct server with *faults*.

    *snapshot* is by default that of the correct server.
    """
    setup = small_setup()
    area = [r.id for r in setup.contract.catalogue.applicable({SNAPSHOT}).values() if r.area == AREA]
    selected = list(only) if only is not None else area
    suite = build_suite(
        setup.contract,
        credentials(setup.contract),
        tokenizer="bytes",
        only=selected,
        snapshot=snapshot or reference_snapshot(),
        snapshot_tolerance=tolerance,
    )
    run = Run(suite, setup.target(*faults), Settings(Load()), selected=selected)
    result = asyncio.run(run.execute())
    return Finished(result, suite.stability())
