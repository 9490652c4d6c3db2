"""The committed kill matrix has all mutants, and only failures that are declared."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.contract import Contract
from tests.forwarding.mutants import Mutant as Gateway
from tests.forwarding.mutants import mutants as gateways
from tests.mutants.all_mutants import mutants
from tests.mutants.matrix import FILE, broken_by_connections
from tests.mutants.mutant import Mutant
from tests.stability.mutants import Mutant as OtherVectors
from tests.stability.mutants import mutants as with_other_vectors

CONTRACT = Contract.load()
MUTANTS: Mapping[str, Mutant | Gateway | OtherVectors] = {
    **mutants(CONTRACT),
    **gateways(),
    **with_other_vectors(),
}
ROWS = [line for line in FILE.read_text("utf-8").splitlines() if re.match(r"\| .+ \| `", line)]


def test_the_matrix_has_a_row_for_each_mutant() -> None:
    assert sorted(cells(line)[:2] for line in ROWS) == sorted(
        [
            *([mutant.name, f"`{mutant.breaks}`"] for mutant in MUTANTS.values()),
            *([name, f"`{id}`"] for name, id in broken_by_connections().items()),
        ]
    )


def test_the_matrix_has_a_row_for_each_must_and_should() -> None:
    needed = {id for id, requirement in CONTRACT.catalogue.items() if requirement.level in ("must", "should")}
    assert needed <= {cells(line)[1].strip("`") for line in ROWS}


def test_other_failures_of_a_mutant_are_related_or_declared() -> None:
    for line in ROWS:
        name, _, others = cells(line)
        if name in broken_by_connections():
            continue
        mutant = MUTANTS[name]
        assert set(re.findall("`([^`]+)`", others)) <= set(CONTRACT.catalogue[mutant.breaks].related)
        assert re.findall(r"(?<![.\w])\*(\S+?)\*(?=,|$)", others) == list(
            mutant.also if isinstance(mutant, Mutant) else ()
        )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
