"""Every check can fail, and fails for its own fault alone: the matrix of mutants and requirements."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from conformance.contract import Catalogue, Contract
from conformance.engine import RunResult
from tests.forwarding.mutants import mutants as gateways
from tests.mutants.ground import Ground, failed
from tests.mutants.mutant import Mutant
from tests.mutants.zoo import mutants

CONTRACT = Contract.load()
MUTANTS = mutants(CONTRACT)
FIRST = {mutant.breaks: name for name, mutant in reversed([*MUTANTS.items()])}
"""For each requirement the first mutant that breaks it."""

SAMPLE = (
    "auth.accept.config",
    "auth.reject.without-virtual-key+provider-auth+config",
    "auth.secret.config.wrong",
    "http.chunked",
    "http.method.get",
    "meaning.user",
    "property.credentials",
    "request.dimensions.minimum",
    "request.input.strings.max-items",
    "request.json.encoding",
    "request.model.required",
    "response.count",
    "response.usage.total",
    "state.cache.encodings",
)
"""Requirements of all areas of any run that each mutant is tried on, besides its own and their relatives."""


def test_every_must_and_should_has_a_mutant() -> None:
    needed = {id for id, requirement in CONTRACT.catalogue.items() if requirement.level in ("must", "should")}
    of_gateways = {mutant.breaks for mutant in gateways().values()}
    assert needed - FIRST.keys() - of_gateways == set()


def test_every_mutant_breaks_a_requirement_that_exists() -> None:
    assert FIRST.keys() <= CONTRACT.catalogue.keys()


def test_the_sample_exists_and_is_of_all_areas() -> None:
    areas = {requirement.area for requirement in CONTRACT.catalogue.under(()).values()}
    assert {CONTRACT.catalogue[id].area for id in SAMPLE} == areas


def test_the_correct_server_behind_the_mutants_fails_nothing(small: Ground) -> None:
    assert {outcome.verdict for outcome in small.run().outcomes.values()} == {"pass"}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_fails_its_requirement_and_no_stranger(name: str, small: Ground) -> None:
    mutant = mutants(small.contract)[name]
    near = (mutant.breaks, *small.contract.catalogue[mutant.breaks].related, *SAMPLE)
    selected = [id for id in small.contract.catalogue if id in near or _is_also(id, mutant)]
    assert_exact(
        mutant, small.claiming(mutant.claims).run(mutant.fault, selected=selected), small.contract.catalogue
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", FIRST.values())
def test_a_mutant_of_the_vendored_contract_fails_its_requirement(name: str, vendored: Ground) -> None:
    mutant = mutants(vendored.contract)[name]
    near = (mutant.breaks, *vendored.contract.catalogue[mutant.breaks].related)
    selected = [id for id in vendored.contract.catalogue if id in near or _is_also(id, mutant)]
    assert_exact(
        mutant,
        vendored.claiming(mutant.claims).run(mutant.fault, selected=selected),
        vendored.contract.catalogue,
    )


def assert_exact(mutant: Mutant, result: RunResult, catalogue: Catalogue) -> None:
    """*mutant* fails its requirement, and besides that none but relatives and what it is known to fail also."""
    found = failed(result)
    assert mutant.breaks in found, result.outcomes[mutant.breaks]
    strangers = found - {mutant.breaks} - set(catalogue[mutant.breaks].related)
    assert {id for id in strangers if not _is_also(id, mutant)} == set()
    for pattern in mutant.also:
        assert any(fnmatchcase(id, pattern) for id in strangers), (
            f"{pattern} is related by now, or does not fail"
        )
    broken = [outcome for outcome in result.outcomes.values() if outcome.verdict == "error"]
    assert broken == []


def _is_also(id: str, mutant: Mutant) -> bool:
    return any(fnmatchcase(id, pattern) for pattern in mutant.also)
