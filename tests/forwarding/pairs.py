"""Runs of the suite against a gateway of ours, with the upstream that the suite plays."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from conformance import Report, check
from tests.forwarding.gateway import HEADERS, Gateway

AREA = ("forwarding.*",)
SECONDS = 3.0
"""Longer than our gateway waits for its upstream."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_pair(
    make: Callable[[str], Gateway], only: Sequence[str] = AREA, timeout: float = SECONDS, **options: Any
) -> Report:
    """The report of a run against the gateway that *make* makes, given the base URL of its upstream."""
    address = f"127.0.0.1:{free_port()}"
    gateway = make(f"http://{address}/v1")
    return check(
        gateway,
        headers=HEADERS,
        upstream=address,
        only=list(only),
        level="should",
        timeout=timeout,
        **options,
    )


def verdicts(report: Report) -> dict[str, str]:
    """The verdicts on what the run was about, by id."""
    outcomes = report.result.outcomes
    return {id: outcomes[id].verdict.value for id in report.result.selected}
