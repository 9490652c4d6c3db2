"""All cases of a contract: made by hand for common keywords, generated for others and for all places in a schema."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from conformance.contract import Contract

from . import invalid, valid
from .case import Case
from .keyword_cases import KeywordCases, keyword_cases


def valid_cases(contract: Contract, model: str | None) -> Mapping[str, list[Case]]:
    """Return valid cases by requirement id: for each keyword of the request schema, values that it allows."""
    return _all_cases(contract, model).valid


def invalid_cases(contract: Contract, model: str | None) -> Mapping[str, list[Case]]:
    """Return cases by the id of the requirement of the request schema that they violate, without duplicates."""
    return _all_cases(contract, model).invalid


def without_violation(contract: Contract, model: str | None) -> Mapping[str, str]:
    """Return the reason why a requirement of the request schema is not violated by any case, by its id."""
    return _all_cases(contract, model).reasons


@lru_cache(maxsize=4)
def _all_cases(contract: Contract, model: str | None) -> KeywordCases:
    """The cases of both modules. They take half a second, and each run of the same contract needs them again."""
    by_hand = (valid.valid_cases(contract, model), invalid.invalid_cases(contract, model))
    others = keyword_cases(contract, model, *(cases.keys() for cases in by_hand))
    accepted, rejected = map(_together, (others.valid, others.invalid), by_hand)
    return KeywordCases(accepted, rejected, others.reasons)


def _together(others: Mapping[str, list[Case]], by_hand: Mapping[str, list[Case]]) -> dict[str, list[Case]]:
    """The cases of both, without duplicates; a requirement without a case is left out."""
    found: dict[str, dict[bytes, Case]] = {}
    for cases in (by_hand, others):
        for id, made in cases.items():
            for case in made:
                found.setdefault(id, {}).setdefault(case.body, case)
    return {id: list(cases.values()) for id, cases in found.items()}
