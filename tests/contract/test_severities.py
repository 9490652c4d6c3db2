"""The severity of each requirement: its own, or the default one of its id."""

from copy import deepcopy
from fnmatch import fnmatchcase

import pytest

from conformance.contract import SEVERITIES, CatalogueError
from tests.contract.requirement_data import CATALOGUE, DATA, build, changed


def test_each_requirement_has_a_severity_and_each_severity_has_requirements() -> None:
    assert {requirement.severity for requirement in CATALOGUE.values()} == set(SEVERITIES)


def test_requirements_of_schemas_have_the_severity_of_the_first_glob_that_matches() -> None:
    assert CATALOGUE["request.dimensions.minimum"].severity == "strictness"
    assert CATALOGUE["request.input.strings.items.type"].severity == "strictness"
    assert CATALOGUE["request.input.strings.type"].severity == "breaks-clients"
    assert CATALOGUE["response.usage.prompt_tokens.type"].severity == "breaks-clients"


def test_severity_of_an_entry_has_priority_over_the_default() -> None:
    assert CATALOGUE["auth.reject.without-portkey-key"].severity == "security"
    assert CATALOGUE["auth.accept.config"].severity == "breaks-clients"
    catalogue = build(changed("http.chunked", lambda entry: entry.update(severity="billing")))
    assert catalogue["http.chunked"].severity == "billing"


@pytest.mark.parametrize("glob", DATA["severities"])
def test_each_glob_decides_for_a_requirement(glob: str) -> None:
    earlier = list(DATA["severities"])[: list(DATA["severities"]).index(glob)]
    own = {entry["id"] for entry in DATA["requirements"] if "severity" in entry}
    decided = [
        r.id
        for r in CATALOGUE.values()
        if fnmatchcase(r.id, glob)
        and r.template not in own
        and not any(fnmatchcase(r.id, pattern) for pattern in earlier)
    ]
    assert decided or glob == "response.*.additional-properties"  # the vendored schema has none


def test_rejects_an_unknown_severity_by_requirement() -> None:
    message = "requirement http.chunked: expected a severity of wrong-data, .* found 'grave'"
    with pytest.raises(CatalogueError, match=message):
        build(changed("http.chunked", lambda entry: entry.update(severity="grave")))


def test_rejects_a_requirement_without_a_severity() -> None:
    data = deepcopy(DATA)
    del data["severities"]["http.*"]
    with pytest.raises(CatalogueError, match=r"requirement http\.media-type\.parameters: .* found none"):
        build(data)


def test_rejects_an_unknown_default_severity_by_glob() -> None:
    data = {**DATA, "severities": {**DATA["severities"], "http.*": "grave"}}
    with pytest.raises(CatalogueError, match=r"http\.\* in `severities`: expected a severity of"):
        build(data)
    with pytest.raises(CatalogueError, match="found 7"):
        build({**DATA, "severities": {"http.*": 7}})


def test_rejects_data_without_default_severities() -> None:
    with pytest.raises(CatalogueError, match="of the whole file: expected the member 'severities'"):
        build({"requirements": DATA["requirements"]})
