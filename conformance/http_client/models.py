"""What is sent to a target and what comes back, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

DETAIL_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, written to the wire as it stands.

    headers: name and value in the order of sending; a name may repeat, a value is sent as UTF-8. Added is
        only what the request does not name itself: Host, the framing header, and the client's own defaults.
    body: bytes go with a Content-Length; a tuple goes chunked, one chunk for each non-empty item; None is no
        body and no framing header.
    method: sent as it is, in its own case.
    path: goes behind the path of the target's base URL and before its query.
    query: without "?"; added behind the base URL's own query.

    Its repr leaves out headers and body: they hold credentials, and megabytes.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | tuple[bytes, ...] | None = field(default=None, repr=False)
    method: str = "POST"
    path: str = "/embeddings"
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One complete answer.

    headers: in the order of arrival, names in lower case, repeats kept; values read as UTF-8, or as
        ISO-8859-1 where they are not UTF-8.
    body: after its content coding was undone.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Return the value of a header, None when it is absent.

        Repeated headers are joined with a comma and a blank (RFC 9110, section 5.3).
        """
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None


class FailureKind(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    UNRESOLVED = "unresolved"
    TLS = "tls"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    PROTOCOL = "protocol"
    TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no complete answer: the kind, and one line for a person."""

    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Exchange:
    """A request with what came of it: either a response or a failure, never both.

    seconds: from the first attempt to connect to the last byte of the answer.
    """

    request: Request
    response: Response | None
    failure: Failure | None
    seconds: float

    @property
    def status(self) -> int:
        """The status of the response, or 0 without one."""
        return 0 if self.response is None else self.response.status

    @property
    def body(self) -> bytes:
        """The body of the response, or nothing without one."""
        return b"" if self.response is None else self.response.body


class Target(Protocol):
    """An implementation under test. Enter it as an async context manager before the first `send`."""

    @property
    def description(self) -> Mapping[str, str]:
        """What the target is, fit for a report: it holds no secret."""
        ...

    async def send(self, request: Request) -> Exchange:
        """Send one request. Nothing that the target does raises; many calls may be under way at once.

        Raises `Unsendable` when the request itself cannot be written as HTTP/1.1.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Fault(Exception):
    """Carries a `Failure` to the place where the exchange is put together; it never leaves this package."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        self.failure = Failure(kind, one_line(detail))
        super().__init__(self.failure.detail)


class Unanswered(Fault):
    """The connection went away before a single byte of an answer."""


def one_line(text: str) -> str:
    """Return the text on one line of at most `DETAIL_LENGTH` characters."""
    line = " ".join(text.split())
    return line if len(line) <= DETAIL_LENGTH else line[: DETAIL_LENGTH - 1] + "…"
