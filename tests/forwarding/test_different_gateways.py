"""Correct gateways that differ in their behavior are conformant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forwarding.different import different
from tests.forwarding.gateway import Gateway
from tests.forwarding.gateway_runs import LONG_TIMEOUT, run_gateway, verdicts
from tests.mutants.setup import small_contract
from tests.sampling import sampled

DIFFERENT = different()
QUICK = ("retries",)
"""The gateway in every test run."""

EVERYTHING = ("*",)
UNSUPPORTED = ["token-input", "batch", "dimensions"]


@pytest.mark.parametrize("name", sampled(DIFFERENT, QUICK))
def test_a_correct_gateway_meets_the_area(name: str) -> None:
    assert set(verdicts(run_gateway(DIFFERENT[name])).values()) == {"pass"}


@pytest.mark.slow
def test_a_correct_gateway_meets_the_whole_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.forwarding.gateway.SECONDS", LONG_TIMEOUT)
    contract = small_contract(tmp_path).file
    found = verdicts(
        run_gateway(Gateway, EVERYTHING, timeout=2 * LONG_TIMEOUT, contract=contract, tokenizer="bytes")
    )
    assert set(found.values()) == {"pass"}


def test_unsupported_features_of_a_gateway_are_not_tested() -> None:
    found = verdicts(
        run_gateway(Gateway, ("forwarding.input.*", "forwarding.dimensions"), unsupported=UNSUPPORTED)
    )
    unsupported = {id for id, verdict in found.items() if verdict == "unsupported"}
    assert unsupported == {
        f"forwarding.{name}" for name in ("input.batch", "input.tokens", "input.nested-tokens", "dimensions")
    }
    assert {verdict for id, verdict in found.items() if id not in unsupported} == {"pass"}
