"""The committed kill matrix is what the mutants show, and nothing in it is there by accident."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.contract import Contract
from tests.forwarding.mutants import Mutant as Gateway
from tests.forwarding.mutants import mutants as gateways
from tests.mutants.matrix import FILE
from tests.mutants.mutant import Mutant
from tests.mutants.zoo import mutants

CONTRACT = Contract.load()
MUTANTS: Mapping[str, Mutant | Gateway] = {**mutants(CONTRACT), **gateways()}
ROWS = [line for line in FILE.read_text("utf-8").splitlines() if re.match(r"\| .+ \| `", line)]


def test_the_matrix_has_a_row_for_each_mutant() -> None:
    assert sorted(cells(line)[:2] for line in ROWS) == sorted(
        [mutant.name, f"`{mutant.breaks}`"] for mutant in MUTANTS.values()
    )


def test_the_matrix_has_a_row_for_each_must_and_should() -> None:
    needed = {id for id, requirement in CONTRACT.catalogue.items() if requirement.level in ("must", "should")}
    assert needed <= {cells(line)[1].strip("`") for line in ROWS}


def test_what_fails_with_a_mutant_is_its_relative_or_named_by_it() -> None:
    for line in ROWS:
        name, _, others = cells(line)
        mutant = MUTANTS[name]
        assert set(re.findall("`([^`]+)`", others)) <= set(CONTRACT.catalogue[mutant.breaks].related)
        assert re.findall(r"(?<![.\w])\*(\S+?)\*(?=,|$)", others) == list(
            mutant.also if isinstance(mutant, Mutant) else ()
        )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
