"""Gateways whose upstream compresses, is late, gets large batches, or is reached at another path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faulty_servers.messages import Request, Response
from tests.forwarding.different import SplitsBatches
from tests.forwarding.faults import WrongPath
from tests.forwarding.gateway import Gateway, error
from tests.forwarding.gateway_runs import run_gateway, verdicts

COMPRESSED, LARGE, LATE = (f"forwarding.response.{name}" for name in ("compressed", "large-batch", "late"))


class AcceptsNoCoding(Gateway):
    """Requests responses without a content coding."""

    def upstream_request(self, request: Request) -> Request:
        return super().upstream_request(request).with_header("accept-encoding", "identity")


class LimitsBatches(Gateway):
    """Rejects batches of more than 100 texts with 413."""

    async def handle(self, request: Request) -> Response:
        value: Any = request.json_object.get("input")
        is_large = isinstance(value, list) and len(value) > 100
        return error(413, "Too many texts.") if is_large else await super().handle(request)


def test_gateway_that_accepts_no_gzip_is_not_tested_with_it() -> None:
    report = run_gateway(AcceptsNoCoding, (COMPRESSED, "forwarding.error.compressed"))
    assert verdicts(report) == {COMPRESSED: "not-tested", "forwarding.error.compressed": "pass"}
    assert "accept no gzip" in report.result.outcomes[COMPRESSED].reason


@pytest.mark.parametrize(("gateway", "verdict"), [(SplitsBatches, "pass"), (LimitsBatches, "not-tested")])
def test_gateway_may_split_or_reject_a_large_batch(gateway: type[Gateway], verdict: str) -> None:
    assert verdicts(run_gateway(gateway, (LARGE, LATE))) == {LARGE: verdict, LATE: "pass"}


def test_report_shows_the_path_at_the_upstream_that_a_request_reached() -> None:
    outcome = run_gateway(WrongPath, ("forwarding.received",)).result.outcomes["forwarding.received"]
    assert "no request there, but POST /v1/v1/v1/embed; the gateway's response: " in outcome.reason
