"""From a contract and the user's settings to all checks of a run."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from conformance.contract import Contract
from conformance.engine import Expect, Suite
from conformance.target import Secret

from .auth import auth_checks
from .context import Context
from .credentials import Credentials
from .http import http_checks
from .request import request_checks
from .response import response_checks


def build_suite(contract: Contract, headers: Iterable[tuple[str, Secret]], model: str | None = None) -> Suite:
    """Build the checks for *contract*, with the user's *headers* (name and value) and *model*.

    The model is the contract's example by default. Raises MissingCredentials when the headers satisfy none of the
    contract's security alternatives.
    """
    credentials = Credentials.sort(contract.security, headers)
    context = Context(contract, credentials, model or contract.example_model or "model")
    beside = [*auth_checks(context), *http_checks(context)]
    accepted = (probe for check in beside for probe in check.probes if probe.expect is Expect.ACCEPT)
    made = chain(beside, request_checks(context), response_checks(context, accepted))
    checks = {check.requirement.id: check for check in made}
    ordered = {id: checks[id] for id in contract.catalogue if id in checks}
    return Suite(contract.catalogue, ordered, context.canary)
