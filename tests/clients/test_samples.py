from __future__ import annotations

from dataclasses import replace

import pytest

from conformance import Contract
from conformance.contract import load_errata
from tests.clients.samples import Change, SampleChanged, changed, extract, hosted, load_surroundings

CONTRACT = Contract.load()
SAMPLES = {sample.name: sample for sample in extract(CONTRACT)}
SURROUNDINGS = load_surroundings()
CHANGE = Change(["python Default"], "text-embedding-ada-002", "{base_url}", "it fails", "some-erratum", "why")


def test_the_contract_has_six_samples_hosted_and_self_hosted() -> None:
    languages = ("curl", "python", "javascript")
    assert list(SAMPLES) == [
        f"{language} {label}" for label in ("Default", "Self-Hosted") for language in languages
    ]


def test_a_sample_is_the_contracts_own_text() -> None:
    for index, sample in enumerate(SAMPLES.values()):
        assert sample.source is CONTRACT.operation["x-code-samples"][index]["source"]


def test_the_public_server_is_the_contracts_first() -> None:
    assert hosted(CONTRACT) == ("api.portkey.ai", 443, "/v1")


def test_every_change_applies_to_the_samples_that_it_names() -> None:
    for change in SURROUNDINGS.changes:
        for name in change.samples:
            assert change in SURROUNDINGS.of(SAMPLES[name])
            assert change.text not in changed(SAMPLES[name], [change], "http://127.0.0.1:1").source


def test_samples_that_need_no_change_run_as_printed() -> None:
    unchanged = [name for name, sample in SAMPLES.items() if not SURROUNDINGS.of(sample)]
    assert unchanged == ["curl Default", "python Default", "curl Self-Hosted"]
    assert changed(SAMPLES["curl Default"], [], "http://127.0.0.1:1") == SAMPLES["curl Default"]


def test_the_base_url_of_a_change_is_the_servers() -> None:
    assert '"http://127.0.0.1:1"' in changed(SAMPLES["python Default"], [CHANGE], "http://127.0.0.1:1").source


@pytest.mark.parametrize(("text", "times"), [("text-embedding-9", 0), ("Portkey", 2)])
def test_a_change_that_does_not_apply_once_is_an_error(text: str, times: int) -> None:
    with pytest.raises(SampleChanged, match=f"found it {times} times"):
        changed(SAMPLES["python Default"], [replace(CHANGE, text=text)], "x")


def test_every_change_belongs_to_an_erratum() -> None:
    assert {change.erratum for change in SURROUNDINGS.changes} <= {erratum.id for erratum in load_errata()}


def test_the_samples_credentials_are_schemes_of_one_alternative() -> None:
    assert frozenset(SURROUNDINGS.credentials) in CONTRACT.security.alternatives


def test_the_samples_in_curl_find_what_they_read_in_the_environment() -> None:
    for name in SURROUNDINGS.environment:
        assert f"${name}" in SAMPLES["curl Default"].source
    assert set(SURROUNDINGS.environment.values()) == set(SURROUNDINGS.credentials.values())
