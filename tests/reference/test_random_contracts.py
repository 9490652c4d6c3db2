"""The reference servers of random documents meet the requirements of their own contracts."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from conformance import Contract, check
from conformance.contract import UnsupportedSchema
from conformance.exit_codes import Exit
from conformance.reference import create_app
from tests.contract.random_documents import Documents
from tests.mutants.setup import credentials

pytestmark = pytest.mark.slow

BLOCKS = 10
RUNS = 10
"""Documents in a block."""

MAX_REQUESTS = 150

BAD = ("fail", "error", "inconclusive")
LEVEL = "must"
"""A conformant server may fail a SHOULD: no error body is known that is valid by some random schemas."""


def failures(seed: str, file: Path) -> list[str] | None:
    """What fails in a run against the reference of a random document; None without a known valid request."""
    file.write_text(json.dumps(Documents(Random(seed), odd=False).document()), "utf-8")
    contract = Contract.load(file)
    headers = dict(credentials(contract))
    try:
        report = check(create_app(contract), contract=file, headers=headers, max_requests=MAX_REQUESTS)
    except UnsupportedSchema as problem:
        return None if "without a known valid example" in str(problem) else [str(problem)]
    bad = [
        row["id"]
        for row in report.as_dict()["requirements"]
        if row["verdict"] in BAD and row["level"] == LEVEL
    ]
    return bad if bad or report.code == Exit.OK else [f"exit code {report.code}"]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_reference_of_a_random_document_is_conformant(block: int, tmp_path: Path) -> None:
    found = {n: failures(f"{block} {n}", tmp_path / f"{n}.json") for n in range(RUNS)}
    assert {number: failed for number, failed in found.items() if failed} == {}
    assert sum(failed == [] for failed in found.values()) > RUNS // 2
