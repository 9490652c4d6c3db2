"""The faulty servers of vendors' contracts."""

from __future__ import annotations


def bullets() -> str:
    """A list of the faults."""
    from tests.contract_mutants.mutants import MUTANTS

    return "\n".join(f"{number}. It {mutant.name}." for number, mutant in enumerate(MUTANTS, 1))
