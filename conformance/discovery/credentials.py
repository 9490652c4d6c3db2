"""Find out how the target treats credentials: none, the given ones, and wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.contract.credentials import WRONG, Credentials, GivenHeaders, are_sufficient
from conformance.generators.plain_requests import Headers, PlainRequests
from conformance.http_client import Exchange

from .client import DiscoveryClient
from .findings import Finding, given_finding, shown_finding
from .probing import embeddings_of, response_summary


@dataclass(frozen=True)
class CredentialProbe:
    """Plain requests for ``model`` with other headers than those that the user has ``given``."""

    client: DiscoveryClient
    requests: PlainRequests
    model: str
    given: GivenHeaders

    async def send(self, headers: Headers) -> Exchange:
        """Send a plain request with *headers*."""
        return await self.client.send(self.requests.with_headers(headers).request(self.model))

    def is_accepted(self, exchange: Exchange) -> bool:
        """Whether the target has answered with embeddings."""
        return bool(embeddings_of(exchange, self.requests.contract.roles))

    @property
    def summary(self) -> Callable[[Exchange], str]:
        """Describes a response in one line."""
        return lambda exchange: response_summary(exchange, self.client.redact)

    async def wrong_credential(self, contract: Contract) -> list[Finding]:
        """The finding of a request with wrong values for all secret credentials of *contract*."""
        credentials = Credentials.sort(contract, self.given)
        replaced = {scheme.name: WRONG for scheme in credentials.secrets}
        if not replaced:
            return []
        exchange = await self.send(credentials.headers(credentials.alternative, replaced))
        if exchange.succeeded:
            return [
                shown_finding("a wrong credential returns 200 too; requirements of the area auth will fail")
            ]
        return [shown_finding(f"a wrong credential is rejected: {self.summary(exchange)}")]


async def own_credential_findings(probe: CredentialProbe, profile: str | None) -> list[Finding]:
    """The findings on the credentials of the user's own contract, which names them itself."""
    contract, findings = probe.requests.contract, []
    if profile is not None:
        findings.append(given_finding("given with --profile", "profile", profile))
    anonymous = await probe.send(())
    needs_none = contract.security.accepts(())
    if probe.is_accepted(anonymous) and not needs_none:
        sentence = "anonymous requests return 200, although the contract requires credentials"
        return [*findings, shown_finding(f"{sentence}; requirements of the area auth will fail")]
    if not probe.is_accepted(anonymous) and needs_none:
        sentence = f"{probe.summary(anonymous)} without credentials, although the contract requires none"
        return [*findings, shown_finding(f"{sentence}; requirements of the area auth will fail")]
    if needs_none or not are_sufficient(contract.security, probe.given):
        return findings
    return [*findings, *await probe.wrong_credential(contract)]
