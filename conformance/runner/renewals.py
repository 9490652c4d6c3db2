"""The renewal of credentials that commands print, and everything that must know the new ones."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.config.headers import command_header
from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.engine import Renewable, Renewal, Suite
from conformance.reference.mock_upstream import MockUpstream
from conformance.report import Redactor
from conformance.secret import Secret

from .gateway_pair import upstream_credentials

Headers = Sequence[tuple[str, Secret]]


def renewal_of(
    configuration: Configuration,
    headers: Headers,
    contract: Contract,
    suite: Suite,
    redactor: Redactor,
    upstream: MockUpstream | None,
) -> Renewal:
    """The renewal of those *headers* that come from commands; *headers* are those of *configuration*, in its order.

    New credentials are masked in reports, searched for in responses, and accepted by the mock upstream.
    """
    commands = [
        (command_header(text), value) for text, (_, value) in zip(configuration.header, headers, strict=True)
    ]
    renewables = [
        Renewable(command.name, value, command.renew) for command, value in commands if command is not None
    ]

    def on_renewed(renewed: Headers) -> None:
        for name, value in renewed:
            redactor.add_header(name, value)
        new = dict(renewed)
        current = [(name, new.get(name, value)) for name, value in headers]
        suite.on_headers(current)
        if upstream is not None:
            upstream.accept(upstream_credentials(contract, current))

    names = [name for name, _ in headers] + [scheme.header for scheme in contract.security.schemes]
    return Renewal(renewables, suite.canary.request.headers, names, on_renewed)
