"""A server with two tenants: the reference server, whose credentials also exist for a second tenant."""

from __future__ import annotations

from dataclasses import replace

from .messages import Request, Response
from .servers import Server

OTHER = "-of-tenant-2"
"""The end of each credential of the second tenant."""


def other_value(value: str) -> str:
    """The value of the second tenant's header, given that of the first tenant's header *value*."""
    return f"{value}{OTHER}"


def is_of_second(request: Request) -> bool:
    """Whether all credentials of *request* that have a tenant are the second tenant's."""
    return any(value.endswith(OTHER.encode()) for _, value in request.headers)


def as_first_tenant(request: Request) -> Request:
    """*request* with the first tenant's credentials instead of the second one's."""
    headers = tuple((name, value.removesuffix(OTHER.encode())) for name, value in request.headers)
    return replace(request, headers=headers)


async def accepts_second_tenant(request: Request, reference: Server) -> Response:
    """Accept the credentials of the second tenant too, but no mixed ones."""
    return await reference(request if is_mixed(request) else as_first_tenant(request))


def is_mixed(request: Request) -> bool:
    """Whether *request* has credentials of both tenants."""
    own = (value for name, value in request.headers if name.startswith((b"x-portkey", b"authorization")))
    return len({value.endswith(OTHER.encode()) for value in own}) > 1
