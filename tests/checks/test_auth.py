"""Checks of credentials, for every set of credentials that a user may have."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.checks import MissingCredentials, build_suite
from conformance.checks.auth.secrets import ALTERED
from conformance.checks.http.connections import FRAMING
from conformance.contract import Contract
from conformance.engine import Expect, Run, RunResult, Settings, Suite
from conformance.exit_codes import Exit
from conformance.http_client import Request
from conformance.reference import default_credentials
from conformance.report.model.standing import overall_verdict
from conformance.secret import Secret
from tests.mutants.setup import Setup, credentials, exit_of, failed
from tests.sampling import sampled

CONTRACT = Contract.load()
UNKNOWN_PROVIDER = """
overlay: 1.1.0
info: {title: A provider name that does not exist, version: 1.0.0}
actions:
  - target: $.components.securitySchemes['Provider-Name']
    update: {x-conformance: {secret: false, placeholder: openai, unusable: [no-such-provider]}}
"""
ALTERNATIVES = [sorted(alternative) for alternative in CONTRACT.security.alternatives]
QUICK = ("+".join(ALTERNATIVES[0]),)
"""The alternative whose credentials alone are tested with the whole suite in every test run."""


def headers_for(names: Collection[str], values: dict[str, str] | None = None) -> list[tuple[str, Secret]]:
    """The headers for some schemes, with the credentials of the reference server or other *values*."""
    valid = {**default_credentials(CONTRACT), **(values or {})}
    rendered = (CONTRACT.security[name].render(valid[name]) for name in names)
    return [(header, Secret(value, "CREDENTIAL")) for header, value in rendered]


def run_with(small: Setup, headers: list[tuple[str, Secret]], *only: str) -> RunResult:
    """A run of the requirements that match *only*; by default, of all."""
    suite = build_suite(small.contract, headers, tokenizer="bytes")
    selected = [id for id in suite.catalogue if any(fnmatchcase(id, pattern) for pattern in only or ("*",))]
    return asyncio.run(Run(suite, small.target(), Settings(), selected=selected).execute())


def sets_of(suite: Suite, prefix: str, expect: Expect) -> set[frozenset[str]]:
    """The sets of schemes in the probes of the checks with this prefix."""
    probes = [p for id, check in suite.checks.items() if id.startswith(prefix) for p in check.probes]
    assert all(probe.expect is expect for probe in probes)
    return {schemes(probe.request) for probe in probes}


def schemes(request: Request) -> frozenset[str]:
    sent = {name.lower() for name, _ in request.headers}
    return frozenset(scheme.name for scheme in CONTRACT.security.schemes if scheme.header.lower() in sent)


def test_every_subset_of_the_credential_headers_is_expected_to_be_accepted_or_rejected() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    accepted = sets_of(suite, "auth.accept.", Expect.ACCEPT) | sets_of(suite, "auth.extra", Expect.ACCEPT)
    rejected = sets_of(suite, "auth.reject.", Expect.REJECT)
    assert (len(accepted), len(rejected), len(accepted & rejected)) == (26, 38, 0)


@pytest.mark.slow
@pytest.mark.parametrize("names", sampled(ALTERNATIVES, QUICK, "+".join))
def test_the_credentials_of_one_alternative_are_enough_for_a_run(names: list[str], small: Setup) -> None:
    result = run_with(small, headers_for(names))
    assert failed(result) == set()
    assert exit_of(result) is Exit.OK
    assert overall_verdict(result) == "partial"
    other = {id for id, outcome in result.outcomes.items() if outcome.verdict != "pass"}
    assert {result.outcomes[id].verdict for id in other} == {"not-tested"}
    assert all(id.startswith("auth.") for id in other)


@pytest.mark.parametrize("names", ALTERNATIVES)
def test_all_rejections_are_tested_with_one_alternative_only(names: list[str]) -> None:
    suite = build_suite(CONTRACT, headers_for(names))
    assert len(sets_of(suite, "auth.reject.", Expect.REJECT)) == 38


@pytest.mark.parametrize("names", ALTERNATIVES)
def test_untestable_sets_name_the_missing_credentials(names: list[str]) -> None:
    suite = build_suite(CONTRACT, headers_for(names))
    for alternative in CONTRACT.security.alternatives:
        check = suite.checks[f"auth.accept.{CONTRACT.security.label_accepted(alternative)}"]
        for missing in alternative - set(names):
            assert CONTRACT.security[missing].header in check.untestable
        assert bool(check.untestable) == bool(alternative - set(names))


def test_without_a_satisfied_alternative_the_error_names_all_headers() -> None:
    with pytest.raises(MissingCredentials) as caught:
        build_suite(CONTRACT, headers_for(["Portkey-Key", "Provider-Name"]))
    assert caught.value.given == ("x-portkey-api-key", "x-portkey-provider")
    for scheme in CONTRACT.security.schemes:
        assert scheme.header in str(caught.value)
    assert caught.value.lines[-1] == "Give each with --header 'NAME: env:VARIABLE' (pytest: --target-header)."


@pytest.mark.parametrize(
    ("profile", "headers", "expected"),
    [
        ("portkey", [], "the profile portkey needs credentials (given: none). To find"),
        (
            "portkey",
            [("Authorization", "Bearer my-secret")],
            "(given: Authorization). For these, use the profile openai. To find",
        ),
        (
            "portkey",
            [("api-key", "my-secret")],
            "(given: api-key). For these, use the profile azure. To find",
        ),
        ("portkey", [("x-other", "my-secret")], "(given: x-other). To find"),
        (
            "openai",
            [("authorization", "my-secret")],
            "(given: authorization). Write Authorization with its scheme: 'Authorization: Bearer ...'. To find",
        ),
    ],
)
def test_the_error_names_the_profile_for_the_given_credentials(
    profile: str, headers: list[tuple[str, str]], expected: str
) -> None:
    with pytest.raises(MissingCredentials) as caught:
        build_suite(Contract.load(profile=profile), [(name, Secret(value)) for name, value in headers])
    assert expected in caught.value.lines[0]
    assert "my-secret" not in str(caught.value)


def test_the_error_does_not_contain_a_given_credential() -> None:
    with pytest.raises(MissingCredentials) as caught:
        build_suite(CONTRACT, headers_for(["Portkey-Key"], {"Portkey-Key": "my-very-secret-key"}))
    assert "my-very-secret-key" not in str(caught.value)


def test_wrong_credentials_fail_acceptance_and_block_the_rest(small: Setup) -> None:
    wrong = dict.fromkeys(default_credentials(CONTRACT), "a-wrong-credential")
    result = run_with(small, headers_for(wrong, wrong))
    accepting = {id for id in result.outcomes if id.startswith("auth.accept.")}
    assert failed(result) == accepting
    assert result.outcomes[FRAMING].verdict == "pass"
    without_another = {id for id in result.outcomes if id.endswith(".of-another")}
    others = result.outcomes.keys() - accepting - without_another - {FRAMING}
    assert {result.outcomes[id].verdict for id in others} == {"blocked"}
    assert exit_of(result) is Exit.NONCONFORMANT


def test_a_wrong_credential_of_another_alternative_fails_only_that_alternative(small: Setup) -> None:
    headers = headers_for(default_credentials(CONTRACT), {"Config": "wrong"})
    result = run_with(small, headers, "auth.*", "request.*")
    assert failed(result) == {"auth.accept.config"}
    assert result.outcomes["auth.secret.config.wrong"].verdict == "blocked"
    assert result.outcomes["auth.extra-credentials"].verdict == "blocked"
    assert result.outcomes["request.type"].verdict == "pass"


def test_header_names_may_be_uppercase_and_values_may_have_whitespace(small: Setup) -> None:
    given = headers_for(["Portkey-Key", "Provider-Auth", "Provider-Name"])
    uppercase = [
        (name.upper(), Secret(f" {value.replace('Bearer', 'bearer')} ", "X")) for name, value in given
    ]
    assert {o.verdict for o in run_with(small, uppercase, "auth.*").outcomes.values()} <= {
        "pass",
        "not-tested",
    }


def test_other_headers_are_part_of_every_request() -> None:
    extra = ("x-portkey-trace-id", Secret("trace", "TRACE"))
    suite = build_suite(CONTRACT, [*credentials(CONTRACT), extra])
    for check in suite.checks.values():
        assert all(extra in probe.request.headers for probe in check.probes)


def test_basic_authorization_is_not_accepted_as_a_bearer_token() -> None:
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
def test_an_altered_secret_differs_as_its_name_states(kind: str, changed: str) -> None:
    assert ALTERED[kind](Secret("aB7", "KEY")) == changed


def test_a_secret_without_letters_has_no_form_with_changed_case() -> None:
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Virtual-Key"], {"Portkey-Key": "123456"}))
    assert suite.checks["auth.secret.portkey-key.case-changed"].untestable
    assert not suite.checks["auth.secret.portkey-key.wrong"].untestable


def test_a_secret_of_one_character_has_no_form_without_its_last_character() -> None:
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Virtual-Key"], {"Portkey-Key": "k"}))
    assert suite.checks["auth.secret.portkey-key.last-character-removed"].untestable


def test_unusable_values_from_the_contract_are_sent() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    config = CONTRACT.security["Config"]
    probes = suite.checks["auth.secret.config.unusable"].probes
    assert config.unusable
    assert [dict(p.request.headers)[config.header] for p in probes] == [*config.unusable]
    assert {p.expect for p in probes} == {Expect.REJECT}


def test_an_unusable_value_of_a_scheme_that_is_not_secret_is_rejected(tmp_path: Path) -> None:
    profile = tmp_path / "own.yaml"
    profile.write_text(UNKNOWN_PROVIDER, "utf-8")
    contract = Contract.load(profile=profile)
    scheme = contract.security["Provider-Name"]
    accepted = [id for id in contract.catalogue if id.startswith("auth.accept.")]
    selected = [f"auth.secret.{scheme.label}.unusable", *accepted]
    result = Setup.of(contract).run(selected=selected)
    assert {result.outcomes[id].verdict for id in selected} == {"pass"}


def test_a_given_credential_is_not_sent_as_an_unusable_value() -> None:
    config = CONTRACT.security["Config"]
    *others, last = config.unusable
    suite = build_suite(CONTRACT, headers_for(["Portkey-Key", "Config"], {"Config": last}))
    sent = [
        dict(p.request.headers)[config.header] for p in suite.checks["auth.secret.config.unusable"].probes
    ]
    assert sent == others


def test_the_status_for_an_unusable_value_is_not_judged() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    unusable = {*suite.checks["auth.secret.config.unusable"].probes}
    assert unusable
    assert not unusable & {*suite.checks["auth.rejection.status"].probes}


def test_altered_credentials_differ_from_valid_ones_in_one_header_only() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    valid = {name.lower(): value for name, value in credentials(CONTRACT)}
    for id, check in suite.checks.items():
        if id.startswith("auth.secret."):
            for probe in check.probes:
                wrong = [n for n, v in probe.request.headers if n.lower() in valid and v != valid[n.lower()]]
                assert len(wrong) == 1
                assert CONTRACT.security.accepts(schemes(probe.request))


def test_a_wrong_secret_is_tested_in_each_alternative_that_needs_it() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    for scheme in (scheme for scheme in CONTRACT.security.schemes if scheme.secret):
        tested = {schemes(p.request) for p in suite.checks[f"auth.secret.{scheme.label}.wrong"].probes}
        assert tested == {names for names in CONTRACT.security.alternatives if scheme.name in names}


def test_an_altered_credential_is_not_shown_with_the_valid_one_in_it() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    for id, check in suite.checks.items():
        for probe in check.probes:
            for name, value in probe.request.headers:
                if isinstance(value, Secret) and id.startswith("auth.secret."):
                    assert "fake-" not in value.shown, name
