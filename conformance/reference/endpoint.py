"""The HTTP endpoint of the operation: credentials, media type and size of a request, and its response or error."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from conformance.contract import Contract
from conformance.contract.openapi.media_types import admits_json

from .auth import Authenticator
from .declared_responses import DeclaredResponses
from .errors import Rejection, internal_error
from .lenient import Tolerance
from .models import Model
from .operation import CHUNK, PreparedResponse, prepare_response
from .parameters import check_parameters
from .response_shape import ResponseShape, response_shape
from .tokenizer import Tokenizer

MAX_DIGITS = 18
"""A Content-Length with more digits is too large for every limit."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """The operation over HTTP. Nothing here changes after the start, so requests cannot influence each other.

    ``tolerance`` is what a lenient server accepts; None for a strict one.
    """

    contract: Contract
    authenticator: Authenticator = field(repr=False)
    models: Mapping[str, Model]
    tokenizer: Tokenizer
    max_body: int
    tolerance: Tolerance | None = None

    async def handle(self, request: Request) -> Response:
        """The response to *request*."""
        try:
            return await self._respond(request)
        except Rejection as rejection:
            return self.declared.error(rejection)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("the reference server failed")
            return self.declared.error(internal_error())

    async def _respond(self, request: Request) -> Response:
        self.authenticator.authenticate(request.headers.raw)
        check_parameters(request, self.contract.parameters)
        if self.tolerance is None:
            check_media_type(request, self.contract)
        check_content_encoding(request)
        body = await read_body(request, self.max_body)
        prepared = await run_in_threadpool(self._prepare, body)
        if isinstance(prepared, Rejection):
            raise prepared
        request.state.inputs = len(prepared.texts)
        responses, headers = self.contract.responses, self.declared.headers
        if len(prepared.texts) > CHUNK:
            return StreamingResponse(prepared.chunks(), responses.status, headers, responses.media_type)
        content = await run_in_threadpool(b"".join, prepared.chunks())
        return Response(content, responses.status, headers, responses.media_type)

    @cached_property
    def declared(self) -> DeclaredResponses:
        """The declared form of errors, and the declared headers."""
        return DeclaredResponses(self.contract)

    @cached_property
    def shape(self) -> ResponseShape:
        """The members of each response."""
        return response_shape(self.contract)

    def _prepare(self, body: bytes) -> PreparedResponse | Rejection:
        """Return a rejection instead of raising it: raised in a thread, its traceback keeps the body in a cycle."""
        try:
            return prepare_response(
                body, self.contract, self.models, self.tokenizer, self.shape, self.tolerance
            )
        except Rejection as rejection:
            return rejection.with_traceback(None)


def check_media_type(request: Request, contract: Contract) -> None:
    """Reject a request with 415 if it is not sent as JSON with a media type of *contract*.

    Parameters such as ``charset`` are ignored: ``application/json`` defines none (RFC 8259, section 11).
    """
    values = {value.partition(";")[0].strip().lower() for value in request.headers.getlist("content-type")}
    if len(values) != 1 or not all(admits_json(contract.media_types, value) for value in values):
        message = f"Send the header Content-Type: {contract.media_type}."
        raise Rejection(415, message, code="unsupported_media_type")


def check_content_encoding(request: Request) -> None:
    """Reject a compressed request with 415."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Rejection(
            415,
            "Send the body without compression.",
            code="unsupported_content_encoding",
            headers={"Accept-Encoding": "identity"},
        )


async def read_body(request: Request, limit: int) -> bytes:
    """The body of *request*. A body of more than *limit* bytes is rejected with 413 as soon as its size is known.

    A Content-Length above the limit is rejected before anything is read. A smaller Content-Length is not trusted.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > MAX_DIGITS or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> Rejection:
    return Rejection(413, f"The body is larger than {limit} bytes.", code="payload_too_large")
