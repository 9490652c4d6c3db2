from __future__ import annotations

import signal

import pytest

from conformance.contract import Contract


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let SIGINT interrupt, also in child processes: a background job of a shell ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()
