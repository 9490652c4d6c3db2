"""Random documents of all versions load, and give a plan of requests."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import Contract
from conformance.checks import build_suite
from conformance.contract import UnsupportedSchema
from conformance.engine import Budget, make_plan
from tests.contract.random_documents import Documents
from tests.mutants.setup import credentials

BLOCKS = 20
"""Blocks of documents that are planned."""

DOCUMENTS = 100
"""Documents in a block."""

LOADED = 40
"""Documents that are only loaded."""


many = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=DOCUMENTS,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


PROBLEMS = ("without a known valid example", "without a property for texts")
"""Why no request with texts exists, or none is known."""


def load(document: Any, file: Path) -> Contract:
    """The contract of *document*, which is written to *file*."""
    file.write_text(json.dumps(document), "utf-8")
    return Contract.load(file)


def problem_of(document: Any, file: Path) -> str:
    """Why the checks of *document* cannot be planned; empty if they can."""
    contract = load(document, file)
    try:
        suite = build_suite(contract, credentials(contract))
    except UnsupportedSchema as problem:
        return str(problem)
    make_plan(suite.checks, list(suite.catalogue), suite.canary, Budget())
    return ""


@settings(many, max_examples=LOADED)
@given(chance=st.randoms(use_true_random=True))
def test_a_random_document_loads(chance: Random, tmp_path: Path) -> None:
    document = Documents(Random(f"load {chance.random()}")).document()
    assert load(document, tmp_path / f"{chance.random()}.json").path in document["paths"]


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
@many
@given(chance=st.randoms(use_true_random=True))
def test_a_random_document_gives_a_plan(block: int, chance: Random, tmp_path: Path) -> None:
    document = Documents(Random(f"{block} {chance.random()}")).document()
    found = problem_of(document, tmp_path / f"{chance.random()}.json")
    assert found == "" or any(problem in found for problem in PROBLEMS)
