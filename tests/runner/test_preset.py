"""The preset ``smoke``: few requests, which find the faults that clients suffer from most."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance import UsageError, check
from conformance.config.headers import header_lines
from conformance.config.options import SEVERITIES, Configuration
from conformance.contract import Contract
from conformance.contract.openapi.source_file import read_file
from conformance.contract.preset import shipped_presets
from conformance.contract.roles import known_roles
from conformance.contract.spec_files import profile_overlays, spec_file
from conformance.engine import plan_totals
from conformance.reference import create_app, default_credentials
from conformance.report import Report, Standing
from conformance.runner.inputs import load_inputs
from conformance.runner.prepare import Prepared, prepare_run
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.embeddings import changes_vectors, reorders
from tests.faulty_servers.faults import converts_payload, rejects
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault, application, server_of, with_faults
from tests.sampling import sampled

MOST = shipped_presets()["smoke"].max_requests
OPENAI = Contract.load(profile="openai")


def headers_of(contract: Contract) -> Mapping[str, str]:
    lines = header_lines(contract, default_credentials(contract))
    return dict(line.split(": ", 1) for line in lines)


def smoke(*faults: Fault, contract: Contract = OPENAI, **options: Any) -> Report:
    app = application(with_faults(server_of(create_app(contract, tokenizer="bytes")), *faults))
    headers = headers_of(contract)
    return check(app, headers=headers, profile=contract.profile, preset="smoke", tokenizer="bytes", **options)


def prepared(profile: str, **options: Any) -> Prepared:
    contract = Contract.load(profile=profile)
    header = tuple(header_lines(contract, default_credentials(contract)))
    url = "http://127.0.0.1:9/v1"
    return prepare_run(
        load_inputs(Configuration(url=url, header=header, profile=profile, preset="smoke", **options))
    )


def is_large(payload: Payload) -> bool:
    value = payload.get("input")
    return isinstance(value, list) and len(value) >= 100


AUTHENTICATION = Authentication(OPENAI)
FAULTS: dict[str, tuple[Fault, str]] = {
    "wrong order": (reorders(lambda items, _: range(len(items) - 1, -1, -1)), "meaning.batch.mixed-lengths"),
    "ignores base64": (
        converts_payload(
            lambda payload: (
                {**payload, "encoding_format": "float"}
                if payload.get("encoding_format") == "base64"
                else payload
            )
        ),
        "response.encoding",
    ),
    "accepts any key": (
        AUTHENTICATION.accepts(lambda request: not AUTHENTICATION.is_anonymous(request)),
        "auth.secret.bearer.wrong",
    ),
    "accepts anonymous requests": (
        AUTHENTICATION.accepts(AUTHENTICATION.is_anonymous),
        "auth.reject.without-bearer",
    ),
    "413 for 100 texts": (rejects(is_large, 413), "meaning.batch.large"),
    "another vector in a batch": (
        changes_vectors(lambda vectors, _: [-v if n == 1 else v for n, v in enumerate(vectors)]),
        "meaning.batch.mixed-lengths",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_in_few_requests(name: str) -> None:
    fault, id = FAULTS[name]
    report = smoke(fault)
    assert report.code == 1
    assert id in {one.outcome.requirement.id for one in report.failures}
    assert report.result.requests <= MOST


def test_the_batch_of_long_texts_is_among_the_requests() -> None:
    def is_long(payload: Payload) -> bool:
        return is_large(payload) and min(map(len, payload["input"])) > 900

    report = smoke(rejects(is_long, 413), level="should")
    assert [one.outcome.requirement.id for one in report.failures] == ["http.size.accepted"]


def test_the_reference_passes_in_few_requests_and_little_time() -> None:
    report = smoke()
    assert report.failures == ()
    assert report.code == 0
    assert report.result.requests <= MOST
    severities = {
        one.requirement.severity for one in report.result.outcomes.values() if one.verdict == "pass"
    }
    assert {"wrong-data", "security"} <= severities


@pytest.mark.parametrize("profile", sampled(profile_overlays(), ["openai"]))
def test_the_plan_has_few_requests_and_what_comes_first(profile: str) -> None:
    run = prepared(profile).run()
    assert plan_totals(run.plan, prepared(profile).suite.canary)[0] <= MOST
    fits = {step.check.requirement.id for step in run.plan if step.fits}
    assert {"response.count", "response.base64", "meaning.permutation", "meaning.batch.large"} <= fits
    assert not {step.check.requirement.id for step in run.plan if not step.fits} & {"http.size.accepted"}


def test_a_smaller_budget_counts() -> None:
    prepared_run = prepared("openai", max_requests=20)
    assert plan_totals(prepared_run.run().plan, prepared_run.suite.canary)[0] <= 20


def test_only_and_exclude_select_from_the_preset() -> None:
    assert set(prepared("openai", only=("response.*", "http.chunked")).inputs.selected) == {
        id
        for id, requirement in OPENAI.catalogue.items()
        if id.startswith("response.") and (requirement.severity == "wrong-data" or id == "response.encoding")
    }
    with pytest.raises(UsageError, match="smoke has none of the selected requirements"):
        prepared("openai", only=("http.chunked",))


def test_an_unknown_preset_names_the_known_ones() -> None:
    configuration = Configuration(url="http://127.0.0.1:9/v1", profile="open", preset="smok")
    with pytest.raises(UsageError, match="there is no preset 'smok'; use smoke"):
        load_inputs(configuration)


def test_a_contract_without_vectors_is_a_usage_error(tmp_path: Path) -> None:
    document = tmp_path / "contract.yaml"
    document.write_text(
        """
openapi: 3.0.0
info: {title: t, version: "1"}
paths:
  /embeddings:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {input: {type: string}}}}}}
      responses:
        "200":
          description: d
          content: {application/json: {schema: {type: object, properties: {status: {type: string}}}}}
"""
    )
    configuration = Configuration(
        url="http://127.0.0.1:9/v1", contract=document, profile="open", preset="smoke"
    )
    with pytest.raises(
        UsageError, match="smoke cannot test this contract: it has no property for the role vector"
    ):
        load_inputs(configuration)


def test_a_known_failure_that_passes_with_few_requests_is_not_stale(tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    entries = "format: 1\nknown-failures:\n  response.count: {reason: some batches}\n"
    known.write_text(entries)
    report = smoke(baseline=known, update_baseline=True)
    assert report.code == 0
    assert report.judged["response.count"].standing is Standing.GOOD
    assert "response.count" in known.read_text()


def test_the_data_is_valid() -> None:
    data = read_file(spec_file("presets.yaml")).value
    schema = read_file(spec_file("schemas/presets.schema.yaml")).value
    Draft202012Validator(schema).validate(data)
    catalogue = Contract.load().catalogue
    for preset in shipped_presets().values():
        assert set(preset.severities) <= set(SEVERITIES)
        assert set(preset.roles) <= known_roles().keys()
        assert all(catalogue.matching(pattern) for pattern in (*preset.also, *preset.first))
