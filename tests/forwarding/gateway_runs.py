"""Runs of the suite against a test gateway with the mock upstream."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from conformance import Report, check
from tests.forwarding.gateway import HEADERS, Gateway

AREA = ("forwarding.*",)
SECONDS = 30.0
"""The suite's timeout; longer than the gateway's timeout for its upstream."""

LONG_TIMEOUT = 60.0
"""A timeout of the gateway that no response exceeds, even on a very busy machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_gateway(
    make: Callable[[str], Gateway], only: Sequence[str] = AREA, timeout: float = SECONDS, **options: Any
) -> Report:
    """Run the suite against the gateway that *make* returns for the base URL of its upstream."""
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
    """The verdicts of the selected requirements, by id."""
    outcomes = report.result.outcomes
    return {id: outcomes[id].verdict.value for id in report.result.selected}
