"""Errors in OpenAI's shape: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from starlette.responses import Response

from conformance.validation import Violation

MAX_PARAM = 64
"""A property's name is the caller's to choose, and can be as long as the body."""


class Refusal(Exception):
    """A request that is answered with an error.

    ``param`` is the property of the payload that is at fault, ``code`` a stable word for programs; where a
    requirement of the contract is violated it is the requirement's id.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.message, self.code, self.param = status, message, code, param
        self.kind, self.headers = kind, headers
        super().__init__(message)

    def response(self) -> Response:
        """The HTTP response that says so."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        encodable = {key: value and _without_surrogates(value) for key, value in error.items()}
        return Response(
            orjson.dumps({"error": encodable}),
            self.status,
            headers=self.headers,
            media_type="application/json",
        )


def invalid_payload(violations: Sequence[Violation]) -> Refusal:
    """The refusal of a payload with *violations*: it names the first one of level must, or else the first."""
    first = min(violations, key=lambda violation: violation.level != "must")
    return Refusal(400, first.message, code=first.requirement, param=_param(first.pointer))


def beyond_the_model(pointer: str, message: str, *, code: str) -> Refusal:
    """The refusal of what the schema admits and the model does not, found at *pointer* of the payload."""
    return Refusal(400, f"{pointer}: {message}", code=code, param=_param(pointer))


def internal_error() -> Refusal:
    """The answer to a request that broke the server; it tells nothing of the inside."""
    return Refusal(
        500, "The reference server has failed; its log says why.", code="internal_error", kind="server_error"
    )


def _param(pointer: str) -> str | None:
    """The top-level property on the way of *pointer* (RFC 6901); None for the payload as a whole."""
    if not pointer:
        return None
    name = pointer.split("/")[1].replace("~1", "/").replace("~0", "~")
    return name if len(name) <= MAX_PARAM else f"{name[: MAX_PARAM - 3]}..."


def _without_surrogates(text: str) -> str:
    """*text* as it can be sent: UTF-8 has no form for half a surrogate pair (RFC 8259, section 8.1)."""
    return text.encode("utf-8", "backslashreplace").decode()
