"""Every check of the area can fail, and fails only for its own fault."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.contract import Contract
from tests.forwarding.gateway_runs import LONG_TIMEOUT, run_gateway
from tests.forwarding.matrix import deviations
from tests.forwarding.mutants import mutants
from tests.mutants.setup import small_contract
from tests.sampling import sampled

CATALOGUE = Contract.load().catalogue
MUTANTS = mutants()
FIRST = {mutant.breaks: name for name, mutant in reversed([*MUTANTS.items()])}
"""The first mutant of each requirement."""

AREA = {id for id, requirement in CATALOGUE.items() if requirement.area == "forwarding"}
SAMPLE = (
    "forwarding.once",
    "forwarding.input.text",
    "forwarding.input.nested-tokens",
    "forwarding.dimensions",
    "forwarding.credential.provider-auth.as-given",
    "forwarding.response.usage",
    "forwarding.error.404",
    "forwarding.error.malformed",
    "forwarding.status.500",
)
"""Requirements that each mutant is tested with, besides its own; `tox -e proof` tests each mutant with all.

None of them needs an upstream that never responds: that takes the gateway's timeout for each mutant.
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract with a small limit for arrays: the checks of a run take less time to build."""
    file = small_contract(tmp_path_factory.mktemp("contract")).file
    assert file is not None
    return file


def test_exactly_the_requirements_of_the_area_have_mutants() -> None:
    assert {mutant.breaks for mutant in MUTANTS.values()} == AREA


WAITS = ("forwarding.credential.*.withheld", "forwarding.error.json", "forwarding.error.secret")
"""Requirements on all errors: one of them is that of an upstream that never responds."""

SECONDS = 4.0
"""The gateway's timeout where a test waits for it."""


@pytest.mark.parametrize("name", sampled(MUTANTS, FIRST.values()))
def test_a_mutant_fails_its_requirement_and_no_unrelated_one(
    name: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = MUTANTS[name]
    others: tuple[str, ...] = ()
    if "no-response" not in mutant.breaks:
        others = SAMPLE
        waits = any(fnmatchcase(mutant.breaks, pattern) for pattern in WAITS)
        monkeypatch.setattr("tests.forwarding.gateway.SECONDS", SECONDS if waits else LONG_TIMEOUT)
    report = run_gateway(mutant.gateway, (mutant.breaks, *others), contract=small, timeout=2 * LONG_TIMEOUT)
    assert deviations(mutant, report) == []


def test_a_gateway_without_a_timeout_fails_only_the_requirement_on_it(small: Path) -> None:
    """Its missing response is no fault of the gateway's own, and hides nothing else."""
    gateway = MUTANTS["has no timeout for the upstream"].gateway
    chosen = ("forwarding.error.no-response", "forwarding.error.secret", "state.answering")
    report = run_gateway(gateway, chosen, contract=small, timeout=2 * SECONDS)
    assert [report.judged[id].outcome.verdict for id in chosen] == ["fail", "pass", "pass"]
