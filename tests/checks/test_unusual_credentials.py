"""Unusual credentials: derived from the valid one, shown without it, and only where a header is no address."""

from __future__ import annotations

import subprocess

import pytest

from conformance.checks import build_suite
from conformance.checks.auth.unusual import LONG, OPAQUE, UNUSUAL
from conformance.contract import Contract
from conformance.engine import Check, Expect, Probe
from conformance.secret import Secret
from tests.mutants.setup import credentials

CONTRACT = Contract.load()
VALUE = 'kEy 100%-fÜr "x"'
SECRETS = [scheme for scheme in CONTRACT.security.schemes if scheme.secret]


@pytest.fixture(scope="module")
def checks() -> dict[str, Check]:
    return dict(build_suite(CONTRACT, credentials(CONTRACT)).checks)


def sent(probe: Probe, header: str) -> str:
    return dict(probe.request.headers)[header]


@pytest.mark.parametrize("what", UNUSUAL)
def test_a_derived_value_is_shown_as_the_command_that_derives_it(what: str) -> None:
    value = UNUSUAL[what](Secret(VALUE, "KEY"))
    assert value != VALUE
    if value.variable:
        command = ["bash", "-c", f'printf %s "{value.shown}"']
        shown = subprocess.run(
            command, env={"KEY": VALUE, "PATH": "/usr/bin:/bin"}, capture_output=True, check=True
        )
        assert shown.stdout.decode() == value
        assert VALUE not in value.shown
    else:
        assert VALUE not in value


def test_each_secret_gets_all_values_once(checks: dict[str, Check]) -> None:
    for scheme in SECRETS:
        probes = checks[f"auth.secret.{scheme.label}.unusual"].probes
        assert len(probes) == len(UNUSUAL)
        assert {probe.expect for probe in probes} == {Expect.REJECT}
        assert max(len(sent(probe, scheme.header)) for probe in probes) == LONG + len(scheme.prefix)


def test_a_credential_that_is_not_secret_may_be_accepted_unless_it_is_an_address(
    checks: dict[str, Check],
) -> None:
    public = [probe for probe in checks["auth.values.no-crash"].probes if probe.expect is Expect.EITHER]
    assert [sent(probe, "x-portkey-provider") for probe in public] == list(OPAQUE)
    assert len(checks["auth.values.no-crash"].probes) == len(SECRETS) * len(UNUSUAL) + len(OPAQUE)


def test_without_a_valid_credential_nothing_is_sent() -> None:
    (alternative,) = [a for a in CONTRACT.security.alternatives if "Config" in a]
    given = [CONTRACT.security[name].header for name in alternative]
    few = [(name, value) for name, value in credentials(CONTRACT) if name in given]
    checks = build_suite(CONTRACT, few).checks
    assert checks["auth.secret.virtual-key.unusual"].untestable
    assert checks["auth.secret.config.unusual"].probes
