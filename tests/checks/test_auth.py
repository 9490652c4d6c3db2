"""Credentials: every set of them gets its verdict, whatever the user has."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from conformance.checks import MissingCredentials, build_suite
from conformance.checks.auth.credential_sets import NEARLY
from conformance.contract import Contract
from conformance.engine import Expect, Run, RunResult, Settings, Suite
from conformance.http_client import Request
from conformance.reference import default_credentials
from conformance.report import Exit
from conformance.report.model.standing import overall
from conformance.secret import Secret
from tests.mutants.ground import Ground, credentials, exit_of, failed

CONTRACT = Contract.load()
NOBODY = """
overlay: 1.1.0
info: {title: A name that nobody has, version: 1.0.0}
actions:
  - target: $.components.securitySchemes['Provider-Name']
    update: {x-conformance: {secret: false, placeholder: openai, unusable: [nobody]}}
"""
ALTERNATIVES = [sorted(alternative) for alternative in CONTRACT.security.alternatives]


def headers_for(names: Collection[str], values: dict[str, str] | None = None) -> list[tuple[str, Secret]]:
    """The headers of the reference's credentials for some schemes, or of other *values*."""
    valid = {**default_credentials(CONTRACT), **(values or {})}
    rendered = (CONTRACT.security[name].render(valid[name]) for name in names)
    return [(header, Secret(value, "CREDENTIAL")) for header, value in rendered]


def run_with(small: Ground, headers: list[tuple[str, Secret]]) -> RunResult:
    suite = build_suite(small.contract, headers, tokenizer="bytes")
    return asyncio.run(Run(suite, small.target(), Settings()).execute())


def sets_of(suite: Suite, prefix: str, expect: Expect) -> set[frozenset[str]]:
    """The sets of schemes that the probes of some checks send."""
    probes = [p for id, check in suite.checks.items() if id.startswith(prefix) for p in check.probes]
    assert all(probe.expect is expect for probe in probes)
    return {schemes(probe.request) for probe in probes}


def schemes(request: Request) -> frozenset[str]:
    sent = {name.lower() for name, _ in request.headers}
    return frozenset(scheme.name for scheme in CONTRACT.security.schemes if scheme.header.lower() in sent)


def test_every_subset_of_the_headers_is_sent_with_its_verdict() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    accepted = sets_of(suite, "auth.accept.", Expect.ACCEPT) | sets_of(suite, "auth.extra", Expect.ACCEPT)
    refused = sets_of(suite, "auth.reject.", Expect.REJECT)
    assert (len(accepted), len(refused), len(accepted & refused)) == (26, 38, 0)


@pytest.mark.parametrize("names", ALTERNATIVES)
def test_one_alternative_is_enough(names: list[str], small: Ground) -> None:
    result = run_with(small, headers_for(names))
    assert failed(result) == set()
    assert exit_of(result) is Exit.OK
    assert overall(result) == "partial"
    open_ = {id for id, outcome in result.outcomes.items() if outcome.verdict != "pass"}
    assert {result.outcomes[id].verdict for id in open_} == {"not-tested"}
    assert all(id.startswith("auth.") for id in open_)


@pytest.mark.parametrize("names", ALTERNATIVES)
def test_all_refusals_are_exercised_with_one_alternative_only(names: list[str]) -> None:
    suite = build_suite(CONTRACT, headers_for(names))
    assert len(sets_of(suite, "auth.reject.", Expect.REJECT)) == 38


@pytest.mark.parametrize("names", ALTERNATIVES)
def test_the_sets_that_need_other_credentials_say_which(names: list[str]) -> None:
    suite = build_suite(CONTRACT, headers_for(names))
    for alternative in CONTRACT.security.alternatives:
        check = suite.checks[f"auth.accept.{CONTRACT.security.label_accepted(alternative)}"]
        for missing in alternative - set(names):
            assert CONTRACT.security[missing].header in check.untestable
        assert bool(check.untestable) == bool(alternative - set(names))


def test_no_alternative_is_a_mistake_that_names_them_all() -> None:
    with pytest.raises(MissingCredentials) as caught:
        build_suite(CONTRACT, headers_for(["Portkey-Key", "Provider-Name"]))
    assert caught.value.given == ("x-portkey-api-key", "x-portkey-provider")
    for scheme in CONTRACT.security.schemes:
        assert scheme.header in str(caught.value)


def test_a_missing_credential_is_never_told() -> None:
    with pytest.raises(MissingCredentials) as caught:
        build_suite(CONTRACT, headers_for(["Portkey-Key"], {"Portkey-Key": "my-very-secret-key"}))
    assert "my-very-secret-key" not in str(caught.value)


def test_wrong_credentials_fail_acceptance_and_block_the_rest(small: Ground) -> None:
    wrong = dict.fromkeys(default_credentials(CONTRACT), "a-wrong-credential")
    result = run_with(small, headers_for(wrong, wrong))
    secret = {id for id in result.outcomes if id.startswith("auth.accept.")}
    assert failed(result) == secret
    assert {o.verdict for id, o in result.outcomes.items() if id not in secret} == {"blocked"}
    assert exit_of(result) is Exit.NONCONFORMANT


def test_a_wrong_credential_of_another_alternative_fails_that_alone(small: Ground) -> None:
    result = run_with(small, headers_for(default_credentials(CONTRACT), {"Config": "wrong"}))
    assert failed(result) == {"auth.accept.config"}
    assert result.outcomes["auth.secret.config.wrong"].verdict == "blocked"
    assert result.outcomes["auth.extra-credentials"].verdict == "blocked"
    assert result.outcomes["request.type"].verdict == "pass"


def test_credentials_are_found_in_any_case_and_with_blanks(small: Ground) -> None:
    given = headers_for(["Portkey-Key", "Provider-Auth", "Provider-Name"])
    loud = [(name.upper(), Secret(f" {value.replace('Bearer', 'bearer')} ", "X")) for name, value in given]
    assert failed(run_with(small, loud)) == set()


def test_other_headers_go_with_every_request() -> None:
    extra = ("x-portkey-trace-id", Secret("trace", "TRACE"))
    suite = build_suite(CONTRACT, [*credentials(CONTRACT), extra])
    for check in suite.checks.values():
        assert all(extra in probe.request.headers for probe in check.probes)


def test_an_authorization_of_another_scheme_is_no_bearer_token() -> None:
    basic = ("Authorization", Secret("Basic cml2ZXI=", "BASIC"))
    with pytest.raises(MissingCredentials):
        build_suite(CONTRACT, [*headers_for(["Portkey-Key", "Provider-Name"]), basic])


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("empty", ""),
        ("last-character-removed", "aB"),
        ("character-appended", "aB7x"),
        ("case-changed", "Ab7"),
    ],
)
def test_a_secret_that_is_nearly_right(kind: str, changed: str) -> None:
    assert NEARLY[kind](Secret("aB7", "KEY")) == changed


def test_a_secret_without_letters_has_no_other_case() -> None:
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Virtual-Key"], {"Portkey-Key": "123456"}))
    assert suite.checks["auth.secret.portkey-key.case-changed"].untestable
    assert not suite.checks["auth.secret.portkey-key.wrong"].untestable


def test_a_secret_of_one_character_is_not_truncated_to_nothing() -> None:
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Virtual-Key"], {"Portkey-Key": "k"}))
    assert suite.checks["auth.secret.portkey-key.last-character-removed"].untestable


def test_values_that_lead_nowhere_are_sent_where_the_contract_names_some() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    config = CONTRACT.security["Config"]
    probes = suite.checks["auth.secret.config.unusable"].probes
    assert config.unusable
    assert [dict(p.request.headers)[config.header] for p in probes] == [*config.unusable]
    assert {p.expect for p in probes} == {Expect.REJECT}


def test_a_name_that_nobody_has_is_refused_though_it_is_no_secret(tmp_path: Path) -> None:
    profile = tmp_path / "own.yaml"
    profile.write_text(NOBODY, "utf-8")
    contract = Contract.load(profile=profile)
    scheme = contract.security["Provider-Name"]
    accepted = [id for id in contract.catalogue if id.startswith("auth.accept.")]
    selected = [f"auth.secret.{scheme.label}.unusable", *accepted]
    result = Ground.of(contract).run(selected=selected)
    assert {result.outcomes[id].verdict for id in selected} == {"pass"}


def test_a_given_credential_that_leads_nowhere_itself_is_not_sent_as_one() -> None:
    config = CONTRACT.security["Config"]
    *others, last = config.unusable
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Config"], {"Config": last}))
    sent = [
        dict(p.request.headers)[config.header] for p in suite.checks["auth.secret.config.unusable"].probes
    ]
    assert sent == others


def test_a_refusal_of_what_leads_nowhere_may_have_any_status_of_its_kind() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    unusable = {*suite.checks["auth.secret.config.unusable"].probes}
    assert unusable
    assert not unusable & {*suite.checks["auth.rejection.status"].probes}


def test_every_nearly_right_secret_differs_from_the_right_one_in_that_alone() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    valid = {name.lower(): value for name, value in credentials(CONTRACT)}
    for id, check in suite.checks.items():
        if id.startswith("auth.secret."):
            for probe in check.probes:
                wrong = [n for n, v in probe.request.headers if n.lower() in valid and v != valid[n.lower()]]
                assert len(wrong) == 1
                assert CONTRACT.security.accepts(schemes(probe.request))


def test_a_nearly_right_secret_is_tried_in_each_alternative_that_needs_it() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    for scheme in (scheme for scheme in CONTRACT.security.schemes if scheme.secret):
        tried = {schemes(p.request) for p in suite.checks[f"auth.secret.{scheme.label}.wrong"].probes}
        assert tried == {names for names in CONTRACT.security.alternatives if scheme.name in names}


def test_no_wrong_credential_is_shown_with_the_right_one_in_it() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    for id, check in suite.checks.items():
        for probe in check.probes:
            for name, value in probe.request.headers:
                if isinstance(value, Secret) and id.startswith("auth.secret."):
                    assert "fake-" not in value.shown, name
