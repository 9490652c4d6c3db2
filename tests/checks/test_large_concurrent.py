"""Large concurrent requests ask only for encodings that the target supports."""

from __future__ import annotations

import pytest

from conformance.contract import DeclaredCapabilities
from tests.mutants.setup import Setup


@pytest.mark.parametrize(("unsupported", "formats"), [((), {"float", "base64"}), (("base64",), {"float"})])
def test_only_supported_encodings_are_sent(
    small: Setup, unsupported: tuple[str, ...], formats: set[str]
) -> None:
    suite = small.declaring(DeclaredCapabilities.read(unsupported)).suite()
    probes = suite.checks["state.concurrent.large"].probes
    assert {probe.payload["encoding_format"] for probe in probes} == formats
