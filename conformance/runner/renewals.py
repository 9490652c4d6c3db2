"""The renewal of credentials that commands print, and everything that must know the new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.config.headers import command_header
from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.contract.credentials import OTHER
from conformance.engine import Renewable, Renewal, Suite
from conformance.reference.mock_upstream import MockUpstream
from conformance.report import Redactor
from conformance.secret import Secret

from .gateway_pair import upstream_credentials

Headers = Sequence[tuple[str, Secret]]


def renewal_of(
    configuration: Configuration,
    headers: Headers,
    others: Headers,
    contract: Contract,
    suite: Suite,
    redactor: Redactor,
    upstream: MockUpstream | None,
) -> Renewal:
    """The renewal of those *headers*, and *others* of another tenant, that come from commands.

    Both are those of *configuration*, in its order. New credentials are masked in reports, searched for in responses,
    and accepted by the mock upstream.
    """
    renewables = [
        *_renewables("header", configuration.header, headers),
        *_renewables(OTHER, configuration.other_header, others),
    ]

    def on_renewed(renewed: Sequence[tuple[Renewable, Secret]]) -> None:
        values = {header.value: value for header, value in renewed}
        current, other = ([(name, values.get(v, v)) for name, v in given] for given in (headers, others))
        for name, value in (*current, *other):
            redactor.add_header(name, value)
        suite.on_headers(current, other)
        if upstream is not None:
            upstream.accept(upstream_credentials(contract, current))

    names = [name for name, _ in headers] + [scheme.header for scheme in contract.security.schemes]
    return Renewal(renewables, suite.canary.request.headers, names, on_renewed)


def _renewables(option: str, lines: Sequence[str], headers: Headers) -> Iterator[Renewable]:
    for line, (_, value) in zip(lines, headers, strict=True):
        if (printed := command_header(line, option)) is not None:
            yield Renewable(printed.name, value, printed.renew)
