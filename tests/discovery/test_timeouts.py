"""A discovery suggests one timeout: for the largest batch, or for the slowest response."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.discovery.client import DiscoveryClient
from conformance.discovery.findings import Finding, likely_finding

NOWHERE: Any = None
discover = importlib.import_module("conformance.discovery.discover")
Findings = Callable[..., AsyncIterator[Finding]]


def finds(*findings: Finding) -> Findings:
    async def search(*_: Any) -> AsyncIterator[Finding]:
        for finding in findings:
            yield finding

    return search


@pytest.mark.parametrize(("slowest", "timeout"), [(40.0, 307), (100.0, 400), (10.0, 307)])
def test_the_longer_of_two_timeouts_is_suggested(
    slowest: float, timeout: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        discover, "capability_findings", finds(likely_finding("", "unsupported", "token-input"))
    )
    monkeypatch.setattr(discover, "batch_findings", finds(likely_finding("", "timeout", 307)))
    for name in ("body_findings", "length_findings"):
        monkeypatch.setattr(discover, name, finds())
    context: Any = SimpleNamespace(client=DiscoveryClient(NOWHERE, slowest=slowest), not_allowed=())

    async def suggested() -> list[object]:
        found = discover._feature_findings(context, 60.0)
        return [finding.value async for finding in found if finding.key == "timeout"]

    assert asyncio.run(suggested()) == [timeout]
