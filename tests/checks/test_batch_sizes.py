"""Batches around common borders: their sizes, their texts, and what is compared."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.context import Context
from conformance.checks.meaning.batch_sizes import (
    BORDERS,
    COMPARED,
    batch_of,
    compared_positions,
    largest_batches,
    sizes_of,
)
from conformance.checks.not_sent import NotSupported
from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.credentials import Credentials
from conformance.contract.spec_files import vendored_document
from conformance.engine import Verdict
from tests.faulty_servers.embeddings import embeds_texts, reorders
from tests.faulty_servers.faults import rejects
from tests.mutants.setup import Setup, credentials

BATCHES = ("meaning.batch.sizes", "meaning.batch.large", "meaning.batch.largest", "meaning.batch.distinct")
LARGEST = "request.input.strings.max-items"


def context_of(contract: Contract, *limits: str) -> Context:
    given = Credentials.sort(contract, credentials(contract))
    declared = DeclaredCapabilities.read((), limits)
    return Context(contract, given, "a-model", capabilities=declared)


def test_batches_have_one_text_fewer_and_more_than_each_border() -> None:
    context = context_of(Contract.load())
    sizes = {*sizes_of(context), *(probe.inputs for probe in largest_batches(context))}
    allowed = {size for border in BORDERS for size in (border - 1, border, border + 1) if size <= 2048}
    assert sizes >= allowed
    assert {2 * border + 5 for border in BORDERS[:7]} <= sizes
    assert max(sizes) == 2048


def test_the_requests_for_the_limit_of_the_contract_are_shared() -> None:
    context = context_of(Contract.load())
    assert [probe.inputs for probe in largest_batches(context)] == [2047, 2048]
    assert {2047, 2048}.isdisjoint(sizes_of(context))


@pytest.mark.parametrize("limit", [2, 20, 64, 2000])
def test_batches_reach_a_declared_limit(limit: int) -> None:
    sizes = sizes_of(context_of(Contract.load(), f"batch={limit}"))
    assert max(sizes) == limit
    assert {limit - 1, limit} - {1} <= {*sizes}


def test_a_contract_with_few_texts_has_small_batches(tmp_path: Path) -> None:
    file = tmp_path / "few.yaml"
    text = vendored_document().read_text("utf-8")
    file.write_text(text.replace("maxItems: 2048", "maxItems: 5"), "utf-8")
    assert sizes_of(context_of(Contract.load(file))) == [2, 3]


def test_there_are_no_batches_with_a_limit_of_one_text() -> None:
    with pytest.raises(NotSupported):
        sizes_of(context_of(Contract.load(), "batch=1"))


@pytest.mark.parametrize("size", [2, 7, 8, 9, 21, 65, 517, 1001, 2049])
def test_all_texts_differ_and_those_at_compared_positions_are_known(size: int) -> None:
    texts, positions = batch_of(size), compared_positions(size)
    assert len(set(texts)) == len(texts) == size
    assert {texts[position] for position in positions} <= {*COMPARED}
    assert {0, *range(max(0, size - 6), size)} <= {*positions}
    assert {border for border in BORDERS if border < size} <= {*positions}


def test_the_text_at_the_last_position_changes() -> None:
    assert len({batch_of(size)[-1] for size in (7, 8, 9, 15, 16, 17)}) == 6


def test_a_server_with_a_declared_limit_passes(small: Setup) -> None:
    declared = small.declaring(DeclaredCapabilities.read((), ["batch=40"]))
    found = {id: outcome.verdict for id, outcome in declared.run(selected=BATCHES).outcomes.items()}
    assert [found[id] for id in BATCHES] == ["pass", "pass", "unsupported", "pass"]


def test_a_fault_at_a_declared_limit_is_found(small: Setup) -> None:
    declared = small.declaring(DeclaredCapabilities.read((), ["batch=40"]))
    fault = reorders(
        lambda values, _: [*range(len(values) - 1), 0] if len(values) == 40 else range(len(values))
    )
    assert verdicts(declared, fault)["meaning.batch.large"] == "fail"


def test_a_batch_that_an_undeclared_limit_rejects_fails(small: Setup) -> None:
    fault = rejects(lambda payload: isinstance(payload["input"], list) and len(payload["input"]) > 37)
    found = verdicts(small, fault)
    assert [found[id] for id in BATCHES] == ["pass", "fail", "blocked", "pass"]


def test_a_model_that_ignores_the_order_of_letters_passes(small: Setup) -> None:
    assert (
        verdicts(small, embeds_texts(lambda text: "".join(sorted(text))))["meaning.batch.distinct"] == "pass"
    )


def test_a_copied_vector_is_found_at_any_position(small: Setup) -> None:
    for position in (3, 29, 50):
        fault = reorders(partial(_copied, position=position))
        outcome = small.run(fault, selected=BATCHES).outcomes["meaning.batch.distinct"]
        assert outcome.verdict == "fail"
        expected = f"at position {position} another vector than at position {position - 1}"
        assert outcome.evidence[0].expected == expected


def _copied(values: list[Any], _: object, position: int) -> list[int]:
    places = list(range(len(values)))
    if position < len(values) and len(values) > 30:
        places[position] -= 1
    return places


def test_the_limit_of_the_contract_has_its_own_requirement(small: Setup) -> None:
    rejects_largest = rejects(lambda payload: _count(payload) == 72)
    outcomes = small.run(rejects_largest, selected=(*BATCHES, LARGEST)).outcomes
    assert outcomes[LARGEST].verdict == "fail"
    assert outcomes["meaning.batch.largest"].verdict == "blocked"


def _count(payload: Any) -> int:
    return len(payload["input"]) if isinstance(payload["input"], list) else 1


def verdicts(setup: Setup, *faults: Any) -> dict[str, Verdict]:
    outcomes = setup.run(*faults, selected=BATCHES).outcomes
    return {id: outcomes[id].verdict for id in BATCHES}
