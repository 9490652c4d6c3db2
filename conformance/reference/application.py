"""The reference server as an ASGI application: the contract's operation, and the list of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.contract import Contract

from .auth import Authenticator, configured_credentials
from .endpoint import Endpoint
from .errors import Rejection
from .lenient import Tolerance
from .model_list import ModelList, path_of_models
from .models import load_models
from .parameters import route_path
from .tiktoken_encodings import load_tokenizer
from .tokenizer import BYTES

BASE_PATH = "/v1"
"""The default prefix of the contract's path."""

MAX_BODY = 20 * 2**20
"""Bytes of a request body that are accepted. A larger body gets a 413."""


def create_app(
    contract: Contract | None = None,
    credentials: Mapping[str, str] | None = None,
    *,
    base_path: str | None = None,
    max_body: int = MAX_BODY,
    tokenizer: str = BYTES,
    models: Sequence[str] = (),
    lenient: bool = False,
) -> Starlette:
    """The reference server of *contract* (default: the vendored one) as an ASGI application.

    *credentials* maps names of security schemes to valid credentials; ``default_credentials`` has those of the other
    schemes. *base_path* is the prefix of the contract's path: empty, or with a leading slash (default: the path of the
    document's server, ``/v1`` for the vendored one). Bodies of more than *max_body* bytes are rejected. *tokenizer*
    defines tokens: ``bytes``, which works on every machine, or an encoding of the package tiktoken (``cl100k_base``).
    *models* are the names of its models, instead of those in the contract. A *lenient* server accepts what
    ``Tolerance`` describes. Raises ValueError for unusable arguments; TokenizerUnavailable is one.
    """
    contract = contract or Contract.load()
    base_path = contract.base_path if base_path is None else base_path
    if base_path.endswith("/") or base_path[:1] not in ("", "/"):
        raise ValueError(
            f"base_path must be empty, or begin with a slash and not end with one: {base_path!r}"
        )
    if max_body < 1:
        raise ValueError(f"max_body must be a number of bytes, at least 1: {max_body}")
    authenticator = Authenticator(contract.security, configured_credentials(contract, credentials))
    known = load_models(contract, models)
    tolerance = Tolerance.of(contract, known) if lenient else None
    endpoint = Endpoint(contract, authenticator, known, load_tokenizer(tokenizer), max_body, tolerance)
    path = route_path(base_path + contract.path)
    routes = [Route(path, endpoint.handle, methods=[contract.method.upper()])]
    if contract.roles.model is not None:
        listing = ModelList.of(known, authenticator, endpoint.declared)
        routes.append(
            Route(route_path(base_path + path_of_models(contract)), listing.handle, methods=["GET"])
        )
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_route})
    app.router.redirect_slashes = False
    return app


@cache
def default_app() -> Starlette:
    """The one server of the vendored contract with the default credentials."""
    return create_app()


async def _no_route(_request: Request, error: Exception) -> Response:
    """The response to another path (404) or method (405, with Starlette's ``Allow``)."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        message = "The method is not allowed; see the header Allow."
        rejection = Rejection(405, message, code="method_not_allowed", headers=error.headers)
    else:
        rejection = Rejection(error.status_code, "There is no operation at this path.", code="unknown_path")
    return rejection.response()
