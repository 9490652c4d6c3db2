"""Every check fails for a fault in its subject, and for no other fault."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from conformance.contract import Catalogue, Contract
from conformance.engine import RunResult
from tests.forwarding.mutants import mutants as gateway_mutants
from tests.hostile.index import QUICK, SERVERS
from tests.mutants.all_mutants import mutants
from tests.mutants.mutant import Mutant
from tests.mutants.setup import Setup, failed, not_passed
from tests.sampling import sampled
from tests.stability.mutants import mutants as stability_mutants

CONTRACT = Contract.load()
MUTANTS = mutants(CONTRACT)
FIRST = {mutant.breaks: name for name, mutant in reversed([*MUTANTS.items()])}
"""The first mutant of each requirement."""

SAMPLE = (
    "auth.accept.config",
    "auth.reject.without-virtual-key+provider-auth+config",
    "auth.secret.config.wrong",
    "http.chunked",
    "http.method.get",
    "meaning.user",
    "request.dimensions.minimum",
    "request.input.strings.max-items",
    "request.json.encoding",
    "request.model.required",
    "response.base64.equals-float",
    "state.cache.encodings",
)
"""Requirements that every mutant is tested with, besides its own. Related ones may fail or pass, so they are not run.

They are of all areas but ``property``, and have few probes: generated requests, and checks of all valid responses,
would double the time of each mutant. `tox -e proof` tests each mutant with all requirements.
"""


def test_every_must_and_should_has_a_mutant() -> None:
    needed = {id for id, requirement in CONTRACT.catalogue.items() if requirement.level in ("must", "should")}
    of_gateways = {mutant.breaks for mutant in gateway_mutants().values()}
    of_snapshots = {mutant.breaks for mutant in stability_mutants().values()}
    of_connections = {id for name in QUICK for id in SERVERS[name].expected.fails}
    assert needed - FIRST.keys() - of_gateways - of_snapshots - of_connections == set()


def test_every_mutant_breaks_a_requirement_that_exists() -> None:
    assert FIRST.keys() <= CONTRACT.catalogue.keys()


def test_the_sample_has_requirements_of_all_areas_but_property() -> None:
    areas = {requirement.area for requirement in CONTRACT.catalogue.applicable(()).values()}
    assert {CONTRACT.catalogue[id].area for id in SAMPLE} == areas - {"property"}


def test_the_server_without_faults_passes(small: Setup) -> None:
    assert not_passed(small.run()) == {}


@pytest.mark.parametrize("name", sampled(MUTANTS, FIRST.values()))
def test_a_mutant_fails_only_its_requirement_and_related_ones(
    name: str, small: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.checks.state.whole_run._slowdown", lambda: 1.0)  # also on a busy machine
    mutant = mutants(small.contract)[name]
    selection = (mutant.breaks, *mutant.shown_by, *SAMPLE)
    selected = [id for id in small.contract.catalogue if id in selection or _is_also(id, mutant)]
    setup = small.for_mutant(mutant)
    result = setup.run(mutant.fault, selected=selected, part=True)
    if mutant.breaks.startswith("response.") and mutant.breaks not in failed(result):  # few responses show it
        result = setup.run(mutant.fault, selected=selected)
    assert_exact(mutant, result, small.contract.catalogue)


@pytest.mark.slow
@pytest.mark.parametrize("name", FIRST.values())
def test_a_mutant_of_the_vendored_contract_fails_its_requirement(name: str, vendored: Setup) -> None:
    mutant = mutants(vendored.contract)[name]
    selection = (mutant.breaks, *vendored.contract.catalogue[mutant.breaks].related)
    selected = [id for id in vendored.contract.catalogue if id in selection or _is_also(id, mutant)]
    assert_exact(
        mutant,
        vendored.for_mutant(mutant).run(mutant.fault, selected=selected),
        vendored.contract.catalogue,
    )


def assert_exact(mutant: Mutant, result: RunResult, catalogue: Catalogue) -> None:
    """Check that *mutant* fails its requirement, and otherwise only related ones and those in ``also``."""
    found = failed(result)
    assert mutant.breaks in found, result.outcomes[mutant.breaks]
    others = found - {mutant.breaks} - set(catalogue[mutant.breaks].related)
    assert {id for id in others if not _is_also(id, mutant)} == set()
    for pattern in mutant.also:
        assert any(fnmatchcase(id, pattern) for id in others), f"{pattern} is related or does not fail"
    errors = [outcome for outcome in result.outcomes.values() if outcome.verdict == "error"]
    assert errors == []


def _is_also(id: str, mutant: Mutant) -> bool:
    return any(fnmatchcase(id, pattern) for pattern in mutant.also)
