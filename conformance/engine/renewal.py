"""Credentials that expire during a run: a command prints new ones, and all later requests carry them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from conformance.errors import UsageError
from conformance.http_client import Exchange, Request
from conformance.secret import Secret

from .check import Expect, Probe
from .clock import loop_time
from .endings import CredentialsExpired

UNAUTHORIZED = 401
"""The status of a response to expired credentials (RFC 9110, section 15.5.2; RFC 6750, section 3.1)."""

INTERVAL = 10.0
"""Seconds between two renewals, at least. Requests wait meanwhile."""

MAX_USELESS = 3
"""Renewals in a row that did not help: the credentials were the same, or rejected again. Requests then do not wait."""

MAX_TRIES = 4
"""How often one request is sent: its new credentials may have expired too when its turn comes."""

SHORTEST = 8
"""Characters of a credential that is replaced inside longer texts; a shorter one may be there by chance."""


@dataclass(frozen=True)
class Renewable:
    """A header with the *value* that a command has printed. ``renew`` returns the value that it prints now.

    It raises UsageError if the command fails.
    """

    name: str
    value: Secret
    renew: Callable[[], Awaitable[Secret]]


class Renewal:
    """Renews the credentials of a run when they have expired: a request with valid ones gets 401, as none did before.

    *valid* are the credential headers of a plainly valid request, *names* the names of all credential headers.
    *on_renewed* is called with all *headers* and their current values, before one of these is sent.
    """

    def __init__(
        self,
        headers: Sequence[Renewable] = (),
        valid: Collection[tuple[str, str]] = (),
        names: Collection[str] = (),
        on_renewed: Callable[[Sequence[tuple[Renewable, Secret]]], None] = lambda renewed: None,
    ) -> None:
        self._headers, self._on_renewed = headers, on_renewed
        self._names = {name.lower() for name in names}
        self._valid = sorted((name.lower(), value) for name, value in valid if name.lower() in self._names)
        self._values = [header.value for header in headers]
        self._replaced: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self._accepted, self._useless = False, 0
        self._renewed_for: Probe | None = None
        self._time: float | None = None
        self._failure = ""

    async def exchange(self, probe: Probe, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        """The exchange of *send*, which sends *probe* with the current credentials.

        If they have expired, they are renewed, and it is the last exchange. Raises CredentialsExpired.
        """
        if not self._headers:
            return await send()
        for _ in range(MAX_TRIES):
            await self._ready()
            exchange = await send()
            self._observe(probe, exchange)
            is_rejected = exchange.status == UNAUTHORIZED and self._is_valid(probe)
            if not is_rejected or not await self._renewed(probe, exchange):
                break
        return exchange

    def current(self, request: Request) -> Request:
        """*request* with the current credentials; the same object if it has none that were renewed."""
        if not self._replaced:
            return request
        trailers = request.transport.trailers
        transport = replace(request.transport, trailers=self._current_fields(trailers))
        changed = replace(
            request,
            headers=self._current_fields(request.headers),
            query=self._current_text(request.query),
            body=self._current_body(request),
            transport=transport if trailers else request.transport,
        )
        return request if changed == request else changed

    def _observe(self, probe: Probe, exchange: Exchange) -> None:
        """Record whether the current credentials are accepted, and whether the last renewal helped."""
        if exchange.succeeded and self._carries(probe.request) and self._is_current(exchange):
            self._accepted = True
        if self._renewed_for is probe:
            helped = exchange.status != UNAUTHORIZED
            self._renewed_for, self._accepted = None, self._accepted or helped
            self._useless = 0 if helped else self._useless + 1

    async def _ready(self) -> None:
        """Wait while the credentials are renewed."""
        if self._lock.locked():
            async with self._lock:
                pass
        if self._failure:
            raise CredentialsExpired(self._failure)

    async def _renewed(self, probe: Probe, rejected: Exchange) -> bool:
        """Whether there are other credentials than those of the *rejected* request, maybe because of a renewal now."""
        async with self._lock:
            if self._failure:
                raise CredentialsExpired(self._failure)
            if not self._is_current(rejected):
                return True
            pause = 0.0 if self._time is None else max(0.0, self._time + INTERVAL - loop_time())
            if not self._accepted or (pause and self._useless >= MAX_USELESS):
                return False
            await asyncio.sleep(pause)
            try:
                values = [await header.renew() for header in self._headers]
            except UsageError as error:
                self._failure = (
                    f"the credentials expired during the run, and were not renewed: {error.message}"
                )
                raise CredentialsExpired(self._failure) from None
            self._time = loop_time()
            if values == self._values:
                self._useless += 1
                return False
            self._replace(values)
            self._renewed_for = probe
            return True

    def _replace(self, values: Sequence[Secret]) -> None:
        self._on_renewed([*zip(self._headers, values, strict=True)])
        changed = {
            _credential(old): _credential(new)
            for old, new in zip(self._values, values, strict=True)
            if old != new
        }
        earlier = {old: changed.get(new, new) for old, new in self._replaced.items()}
        self._replaced = {old: new for old, new in (earlier | changed).items() if old != new}
        self._values = list(values)
        self._accepted = False

    def _is_current(self, exchange: Exchange) -> bool:
        """Whether the request of *exchange* had the current credentials."""
        return self.current(exchange.sent) is exchange.sent

    def _is_valid(self, probe: Probe) -> bool:
        """Whether *probe* has exactly the valid credentials; or some of them, in a form that must be accepted."""
        found = sorted((n.lower(), v) for n, v in probe.request.headers if n.lower() in self._names)
        return found == self._valid or (probe.expect is Expect.ACCEPT and self._carries(probe.request))

    def _carries(self, request: Request) -> bool:
        """Whether a header of *request* has a credential that can be renewed."""
        credentials = [_credential(header.value) for header in self._headers]
        return any(_has(value, credential) for _, value in request.headers for credential in credentials)

    def _current_fields(self, fields: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self._current_value(value)) for name, value in fields)

    def _current_value(self, value: str) -> str:
        for old, new in self._replaced.items():
            if len(old) >= SHORTEST and old in value:
                return _like(value, value.replace(old, new))
            if isinstance(value, Secret) and value.endswith(old):
                return _like(value, value.removesuffix(old) + new)
        return _like(value, self._current_text(value)) if isinstance(value, Secret) else value

    def _current_text(self, text: str) -> str:
        """A query, or the value of a cookie."""
        for old, new in self._replaced.items():
            if len(old) >= SHORTEST:
                text = text.replace(quote(old), quote(new))
        return text

    def _current_body(self, request: Request) -> bytes | tuple[bytes, ...] | None:
        """The body with the current credentials, unless its length is stated elsewhere."""
        body = request.body
        if not isinstance(body, bytes) or request.transport.lengths:
            return body
        for old, new in self._replaced.items():
            if len(old) >= SHORTEST and (found := old.encode()) in body:
                body = body.replace(found, new.encode())
        return body


def _has(value: str, credential: str) -> bool:
    """Whether the *value* of a header ends with *credential*, or contains one that is long enough."""
    return value.endswith(credential) or (len(credential) >= SHORTEST and credential in value)


def _credential(value: str) -> str:
    """The credential in the *value* of a header, without the name of an authentication scheme."""
    match = re.fullmatch(r"[A-Za-z][\w-]* +(\S+)", value)
    return match[1] if match else str(value)


def _like(old: str, new: str) -> str:
    """*new*, which replaces *old*, and is shown in its place."""
    return Secret(new, old.variable, old.shown) if isinstance(old, Secret) else new
