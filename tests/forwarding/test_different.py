"""Gateways that do it otherwise, and rightly, are conformant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forwarding.different import different
from tests.forwarding.gateway import Gateway
from tests.forwarding.pairs import run_pair, verdicts
from tests.mutants.ground import small_contract

DIFFERENT = different()
EVERYTHING = ("*",)
LACKING = ["token-input", "batch", "dimensions"]
PATIENT = 10.0
"""Seconds that our gateway gives its upstream, for the largest requests of the suite on a busy machine."""


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_correct_gateway_meets_the_area(name: str) -> None:
    assert set(verdicts(run_pair(DIFFERENT[name])).values()) == {"pass"}


@pytest.mark.slow
def test_a_correct_gateway_meets_the_whole_catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.forwarding.gateway.SECONDS", PATIENT)
    contract = small_contract(tmp_path).file
    found = verdicts(run_pair(Gateway, EVERYTHING, timeout=2 * PATIENT, contract=contract, tokenizer="bytes"))
    assert set(found.values()) == {"pass"}


def test_what_a_gateway_does_not_claim_is_not_looked_for() -> None:
    found = verdicts(run_pair(Gateway, ("forwarding.input.*", "forwarding.dimensions"), unsupported=LACKING))
    unsupported = {id for id, verdict in found.items() if verdict == "unsupported"}
    assert unsupported == {
        f"forwarding.{name}" for name in ("input.batch", "input.tokens", "input.nested-tokens", "dimensions")
    }
    assert {verdict for id, verdict in found.items() if id not in unsupported} == {"pass"}
