"""A gateway as the target, with the mock upstream behind it. The upstream listens as long as the run lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from conformance.config.options import Configuration
from conformance.config.values import host_and_port
from conformance.contract import Contract
from conformance.errors import ConfigurationError
from conformance.http_client import Exchange, Request, Target, UnrequestedBytes
from conformance.reference import BYTES, CannotListen, background_server
from conformance.reference.mock_upstream import MockUpstream
from conformance.report.model.redaction import secrets_inside
from conformance.secret import Secret


def mock_upstream(
    configuration: Configuration,
    contract: Contract,
    headers: Iterable[tuple[str, Secret]],
    on_credential: Callable[[str], object],
) -> MockUpstream | None:
    """The mock upstream for the address in *configuration*; None without one. It does not listen yet.

    *headers* are those that clients send. *on_credential* is called with each credential that the gateway sends to
    the upstream. Raises TokenizerUnavailable.
    """
    if configuration.upstream is None:
        return None
    return MockUpstream(
        contract,
        configuration.upstream,
        tokenizer=configuration.tokenizer or BYTES,
        credentials=upstream_credentials(contract, headers),
        on_credential=on_credential,
    )


def upstream_credentials(contract: Contract, headers: Iterable[tuple[str, Secret]]) -> set[str]:
    """The credentials for the upstream that clients send, alone or inside a configuration of the gateway.

    Empty if clients send none alone: the gateway then has its own credentials for the upstream.
    """
    given = list(headers)
    schemes = [scheme for scheme in contract.security.schemes if scheme.upstream == "as-given"]
    alone = {s.extract(value) for s in schemes for name, value in given if name.lower() == s.header.lower()}
    inside = {text for _, value in given for text in secrets_inside(value)}
    return {value for value in alone if value} | (inside if alone else set())


class GatewayWithUpstream:
    """A `Target` that is a gateway with its mock upstream, which listens from entering to leaving the target.

    Entering raises ConfigurationError if the upstream cannot listen on its address.
    """

    def __init__(self, gateway: Target, upstream: MockUpstream) -> None:
        self._gateway, self._upstream = gateway, upstream
        self._listening = ExitStack()

    @property
    def description(self) -> Mapping[str, str]:
        """The gateway's description."""
        return self._gateway.description

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        """Those of the gateway."""
        return self._gateway.unrequested

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        """Send one request to the gateway.

        The first one is valid, so that the mock upstream learns from it what the gateway adds to requests.
        """
        exchange = await self._gateway.send(request, after=after)
        self._upstream.learning = False
        return exchange

    async def __aenter__(self) -> Self:
        host, port = host_and_port(self._upstream.address)
        try:
            server = background_server(self._upstream, host, port=port)
            await asyncio.to_thread(self._listening.enter_context, server)
        except CannotListen as error:
            problem = f"{error}. Point the gateway at the same address."
            raise ConfigurationError("upstream", problem) from None
        try:
            await self._gateway.__aenter__()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._gateway.__aexit__(kind, error, traceback)
        finally:
            await self._close()

    async def _close(self) -> None:
        await asyncio.to_thread(self._listening.close)
