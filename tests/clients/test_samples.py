from __future__ import annotations

from dataclasses import replace

import pytest

from conformance import Contract
from conformance.contract import load_errata
from tests.clients.samples import Change, SampleChanged, changed, extract, hosted, load_settings

CONTRACT = Contract.load()
SAMPLES = {sample.name: sample for sample in extract(CONTRACT)}
SETTINGS = load_settings()
CHANGE = Change(["python Default"], "text-embedding-ada-002", "{base_url}", "it fails", "some-erratum", "why")


def test_contract_has_six_samples() -> None:
    languages = ("curl", "python", "javascript")
    assert list(SAMPLES) == [
        f"{language} {label}" for label in ("Default", "Self-Hosted") for language in languages
    ]


def test_sample_is_the_contracts_text() -> None:
    for index, sample in enumerate(SAMPLES.values()):
        assert sample.source is CONTRACT.operation["x-code-samples"][index]["source"]


def test_hosted_server_is_the_contracts_first() -> None:
    assert hosted(CONTRACT) == ("api.portkey.ai", 443, "/v1")


def test_every_change_applies_to_its_samples() -> None:
    for change in SETTINGS.changes:
        for name in change.samples:
            assert change in SETTINGS.of(SAMPLES[name])
            assert change.text not in changed(SAMPLES[name], [change], "http://127.0.0.1:1").source


def test_unchanged_samples_equal_the_printed_ones() -> None:
    unchanged = [name for name, sample in SAMPLES.items() if not SETTINGS.of(sample)]
    assert unchanged == ["curl Default", "python Default", "curl Self-Hosted"]
    assert changed(SAMPLES["curl Default"], [], "http://127.0.0.1:1") == SAMPLES["curl Default"]


def test_change_contains_the_base_url_of_the_server() -> None:
    assert '"http://127.0.0.1:1"' in changed(SAMPLES["python Default"], [CHANGE], "http://127.0.0.1:1").source


@pytest.mark.parametrize(("text", "times"), [("text-embedding-9", 0), ("Portkey", 2)])
def test_rejects_a_change_that_does_not_apply_once(text: str, times: int) -> None:
    with pytest.raises(SampleChanged, match=f"occurs {times} times"):
        changed(SAMPLES["python Default"], [replace(CHANGE, text=text)], "x")


def test_every_change_belongs_to_an_erratum() -> None:
    assert {change.erratum for change in SETTINGS.changes} <= {erratum.id for erratum in load_errata()}


def test_credentials_of_samples_form_one_alternative() -> None:
    assert frozenset(SETTINGS.credentials) in CONTRACT.security.alternatives


def test_environment_has_the_variables_of_curl_samples() -> None:
    for name in SETTINGS.environment:
        assert f"${name}" in SAMPLES["curl Default"].source
    assert set(SETTINGS.environment.values()) == set(SETTINGS.credentials.values())
