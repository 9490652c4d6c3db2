"""A gateway as the target, and the upstream that the suite plays for it: both there for as long as a run lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from conformance.config.listening import host_and_port
from conformance.config.settings import Configuration, ConfigurationError
from conformance.contract import Contract
from conformance.http_client import Exchange, Request, Target
from conformance.reference import BYTES, TokenizerUnavailable, background_server
from conformance.reference.mock_upstream.upstream import Upstream
from conformance.report.model.redaction import texts_inside
from conformance.secret import Secret


def upstream_of(
    configuration: Configuration,
    contract: Contract,
    headers: Iterable[tuple[str, Secret]],
    heard: Callable[[str], object],
) -> Upstream | None:
    """The upstream that *configuration* asks for, which does not listen yet.

    *headers* are those that clients send; *heard* is told the credentials that the gateway shows. Raises
    ConfigurationError.
    """
    if configuration.upstream is None:
        return None
    tokenizer, passed = configuration.tokenizer or BYTES, _passed(contract, headers)
    try:
        return Upstream(contract, configuration.upstream, tokenizer=tokenizer, passed=passed, heard=heard)
    except TokenizerUnavailable as error:
        raise ConfigurationError(
            "tokenizer", f"{BYTES!r}, or an encoding of tiktoken", error.reason
        ) from None


def _passed(contract: Contract, headers: Iterable[tuple[str, Secret]]) -> set[str]:
    """What clients give for the upstream: by itself, or inside a configuration of the gateway's.

    Empty where they give nothing by itself: the door is then the gateway's own to watch.
    """
    given = list(headers)
    schemes = [scheme for scheme in contract.security.schemes if scheme.upstream == "as-given"]
    alone = {s.extract(value) for s in schemes for name, value in given if name.lower() == s.header.lower()}
    inside = {text for _, value in given for text in texts_inside(value)}
    return {value for value in alone if value} | (inside if alone else set())


class Paired:
    """A `Target` that is a gateway, with its upstream: entering it has the upstream listen, leaving it ends that.

    Entering raises ConfigurationError where the address can not be had.
    """

    def __init__(self, gateway: Target, upstream: Upstream) -> None:
        self._gateway, self._upstream = gateway, upstream
        self._listening = ExitStack()

    @property
    def description(self) -> Mapping[str, str]:
        """The gateway's."""
        return self._gateway.description

    async def send(self, request: Request) -> Exchange:
        """Send one request to the gateway; what arrives beside the first one shows what the gateway adds."""
        exchange = await self._gateway.send(request)
        self._upstream.learning = False
        return exchange

    async def __aenter__(self) -> Self:
        host, port = host_and_port(self._upstream.address)
        try:
            server = background_server(self._upstream, host, port=port)
            await asyncio.to_thread(self._listening.enter_context, server)
        except (OSError, UnicodeError) as error:
            mend = (
                "end what listens there, or name another address, to which the gateway is to be led as well"
            )
            found = f"that {self._upstream.address} can not be had: {getattr(error, 'strerror', None) or error}; {mend}"
            raise ConfigurationError("upstream", "a free address of this machine", found) from None
        try:
            await self._gateway.__aenter__()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._gateway.__aexit__(kind, error, traceback)
        finally:
            await self._end()

    async def _end(self) -> None:
        await asyncio.to_thread(self._listening.close)
