"""The reference server with a fault, as an ASGI application."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp

from conformance.reference import create_app
from tests.faulty_servers.servers import Fault, application, server_of, with_faults
from tests.zoo.payloads import CONTRACT

Factory = Callable[[], ASGIApp]


def with_fault(fault: Fault) -> Factory:
    """New reference servers with *fault*, which keeps no state."""
    return with_new_fault(lambda: fault)


def with_new_fault(make: Callable[[], Fault]) -> Factory:
    """New reference servers, each with a new fault, which may keep state."""
    return lambda: application(with_faults(server_of(create_app(CONTRACT)), make()))
