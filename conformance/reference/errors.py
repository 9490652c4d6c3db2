"""Errors in OpenAI's format: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from starlette.responses import Response

from conformance.validation import Violation

MAX_PARAM = 64
"""The client chooses a property's name, which can be as long as the body."""


class Rejection(Exception):
    """The reason why a request is answered with an error.

    ``param`` is the property of the payload that is wrong. ``code`` is a stable word for programs; if a requirement of
    the contract is violated, it is the requirement's id.
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

    @property
    def fields(self) -> Mapping[str, str | None]:
        """The members of ``error`` in OpenAI's format, in encodable text."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {key: value and _without_surrogates(value) for key, value in error.items()}

    def response(self) -> Response:
        """The HTTP response with this error."""
        return Response(
            orjson.dumps({"error": self.fields}),
            self.status,
            headers=self.headers,
            media_type="application/json",
        )


def invalid_payload(violations: Sequence[Violation]) -> Rejection:
    """The rejection of a payload with *violations*. It names the first one of level must, or else the first one."""
    first = min(violations, key=lambda violation: violation.level != "must")
    return Rejection(400, first.message, code=first.requirement, param=_param(first.pointer))


def unsupported_by_model(pointer: str, message: str, *, code: str) -> Rejection:
    """The rejection of a value at *pointer* of the payload that the schema allows and the model does not support."""
    return Rejection(400, f"{pointer}: {message}", code=code, param=_param(pointer))


def internal_error() -> Rejection:
    """The response to a request that caused an exception. It contains no internals."""
    return Rejection(
        500, "The reference server failed; see its log.", code="internal_error", kind="server_error"
    )


def _param(pointer: str) -> str | None:
    """The top-level property of *pointer* (RFC 6901); None for the whole payload."""
    if not pointer:
        return None
    name = pointer.split("/")[1].replace("~1", "/").replace("~0", "~")
    return name if len(name) <= MAX_PARAM else f"{name[: MAX_PARAM - 3]}..."


def _without_surrogates(text: str) -> str:
    """*text* with lone surrogates escaped, because UTF-8 cannot encode them (RFC 8259, section 8.1)."""
    return text.encode("utf-8", "backslashreplace").decode()
