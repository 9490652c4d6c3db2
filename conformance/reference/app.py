"""The reference server as an ASGI application: the contract's operation, strictly, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from conformance.contract import Contract

from .auth import Doorkeeper, configured_credentials
from .endpoint import PIECE, answer
from .errors import Refusal, internal_error
from .intake import read_body, require_media_type
from .models import Model, load_models
from .tiktoken_encodings import load_tokenizer
from .tokenizer import BYTES, Tokenizer

BASE_PATH = "/v1"
"""Where the contract's path is served unless told otherwise."""

MAX_BODY = 20 * 2**20
"""Bytes of a request's body that are read; a larger one is answered with 413."""

logger = logging.getLogger(__name__)


def create_app(
    contract: Contract | None = None,
    credentials: Mapping[str, str] | None = None,
    *,
    base_path: str = BASE_PATH,
    max_body: int = MAX_BODY,
    tokenizer: str = BYTES,
) -> Starlette:
    """The reference server of *contract* (default: the vendored one) as an ASGI application.

    *credentials* maps names of security schemes to the credentials that are valid; those left out are as
    ``default_credentials`` gives them. The contract's path is served under *base_path*, which is empty or
    begins with a slash. Bodies of more than *max_body* bytes are refused. *tokenizer* says what a token is:
    ``bytes``, the same on every machine, or an encoding of the package tiktoken (``cl100k_base``). Raises ValueError
    for arguments that can not be used, TokenizerUnavailable among them.
    """
    if base_path.endswith("/") or base_path[:1] not in ("", "/"):
        raise ValueError(
            f"base_path is empty, or begins with a slash and does not end in one; found {base_path!r}"
        )
    if max_body < 1:
        raise ValueError(f"max_body is a number of bytes, at least 1; found {max_body}")
    contract = contract or Contract.load()
    doorkeeper = Doorkeeper(contract.security, configured_credentials(contract, credentials))
    endpoint = _Endpoint(contract, doorkeeper, load_models(contract), load_tokenizer(tokenizer), max_body)
    route = Route(base_path + contract.path, endpoint.handle, methods=[contract.method.upper()])
    app = Starlette(routes=[route], exception_handlers={HTTPException: _not_served})
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True)
class _Endpoint:
    """The operation. Nothing here changes after the start, so requests can not influence each other."""

    contract: Contract
    doorkeeper: Doorkeeper = field(repr=False)
    models: Mapping[str, Model]
    tokenizer: Tokenizer
    max_body: int

    async def handle(self, request: Request) -> Response:
        try:
            return await self._serve(request)
        except Refusal as refusal:
            return refusal.response()
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            logger.exception("the reference server failed")
            return internal_error().response()

    async def _serve(self, request: Request) -> Response:
        self.doorkeeper.admit(request.headers.raw)
        require_media_type(request, self.contract.media_type)
        body = await read_body(request, self.max_body)
        found = await run_in_threadpool(answer, body, self.contract, self.models, self.tokenizer)
        if len(found.texts) > PIECE:
            return StreamingResponse(found.pieces(), media_type=self.contract.media_type)
        content = await run_in_threadpool(b"".join, found.pieces())
        return Response(content, media_type=self.contract.media_type)


async def _not_served(_request: Request, error: Exception) -> Response:
    """The answer to another path (404) or method (405, with Starlette's ``Allow``)."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal = Refusal(405, "Expected another method.", code="method_not_allowed", headers=error.headers)
    else:
        refusal = Refusal(error.status_code, "Nothing is served at this path.", code="unknown_path")
    return refusal.response()
