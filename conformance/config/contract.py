"""The contract that a configuration names."""

from __future__ import annotations

from conformance.contract import Contract

from .options import Configuration


def contract_of(configuration: Configuration) -> Contract:
    """Load the contract that *configuration* names, under its profile. Raises UsageError."""
    c = configuration
    return Contract.load(c.contract, profile=c.profile, operation=c.operation)
