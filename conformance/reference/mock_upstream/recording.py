"""Record the requests that reach a mock upstream, and script its responses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self

from conformance.contract.roles import Roles, usual_roles

MAX_REQUESTS = 200
"""Requests that one recording keeps. A gateway that retries endlessly exceeds it."""

MAX_ELSEWHERE = 5
"""Requests to unexpected paths that one recording keeps."""

CREDENTIAL = re.compile(r"(.*-)?(authorization|api-?key|(access|auth)-?token|secret)", re.IGNORECASE)
"""Names of headers that contain a credential. Idempotency keys and trace tokens are not credentials."""


class Misbehavior(StrEnum):
    """No response: the connection is dropped, or nothing is sent until the recording stops."""

    DROP = "drop"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """A response of the mock upstream."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


Rewrite = Callable[[Any], Any]
"""Changes the JSON of a correct response."""


@dataclass(frozen=True, slots=True)
class Late:
    """A correct response, to requests with *text* only after some *seconds*."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Compressed:
    """The response in gzip, if the request accepts it; ``response`` is None for the correct one."""

    response: UpstreamResponse | None = None


Script = UpstreamResponse | Misbehavior | Late | Compressed | Rewrite | None
"""How the mock upstream responds; with None, it responds correctly."""


def is_failure(script: Script) -> bool:
    """Whether the mock upstream does not return embeddings by *script*."""
    scripted = script.response if isinstance(script, Compressed) else script
    return isinstance(scripted, UpstreamResponse | Misbehavior)


@dataclass(slots=True)
class UpstreamRequest:
    """A request as it reached the mock upstream: ``body`` is decompressed, ``path`` includes the query.

    ``status`` and ``response`` are the status and the body of its response, once that is sent. ``compressed``: whether
    the body was sent in gzip. ``roles`` are the names of its properties.
    """

    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0
    response: bytes = field(default=b"", repr=False)
    compressed: bool = False
    roles: Roles = field(default_factory=usual_roles, repr=False)

    @property
    def texts(self) -> Any:
        """The texts of the request, or None."""
        return self.roles.texts_of(self.payload)

    @property
    def accepts_gzip(self) -> bool:
        """Whether a response in gzip is acceptable (RFC 9110, section 12.5.3)."""
        for name, value in self.headers:
            for item in value.lower().split(",") if name.lower() == "accept-encoding" else ():
                coding, _, weight = item.replace(" ", "").partition(";q=")
                if coding in ("gzip", "*") and (weight or "1").strip("0."):
                    return True
        return False

    @property
    def payload(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty if it is anything else."""
        return _object(self.body)

    def credentials(self) -> list[str]:
        """The credentials in the headers, without the names of their authentication schemes."""
        return [v.rpartition(" ")[2] for n, v in self.headers if CREDENTIAL.fullmatch(n)]


class Recordable(Protocol):
    """Something whose requests can be recorded; ``roles`` are the names of their properties."""

    @property
    def roles(self) -> Roles:
        """The names of the properties of requests and responses."""
        ...

    def record(self, recording: Recording | None) -> None:
        """Add all requests from now on to *recording*, or stop recording."""
        ...


class Recording:
    """Records the requests that reach *upstream* inside its ``with`` block. They get a response by *script*.

    A recording can be used again; it then starts empty. ``elsewhere`` are the first methods and paths of requests that
    the upstream does not expect.
    """

    def __init__(self, upstream: Recordable, script: Script = None) -> None:
        self._upstream, self.script, self.roles = upstream, script, upstream.roles
        self.requests: list[UpstreamRequest] = []
        self.elsewhere: list[str] = []
        self.active = False

    def __enter__(self) -> Self:
        self.requests, self.elsewhere, self.active = [], [], True
        self._upstream.record(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.active = False
        self._upstream.record(None)

    def explains(self, status: int) -> bool:
        """Whether the script caused a response with *status*, so that it is not a sign of overload."""
        return status >= 400 and is_failure(self.script) and bool(self.requests)

    def explains_silence(self) -> bool:
        """Whether the upstream got a request and did not respond, so that the gateway may wait for it."""
        return self.script is Misbehavior.HANG and bool(self.requests)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
