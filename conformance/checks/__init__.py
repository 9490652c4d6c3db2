"""The checks, by area; each exercises one requirement."""

from conformance.contract.credentials import Credentials, MissingCredentials

from .build import build_suite
from .forwarding import UPSTREAM
from .property import Generation
from .stability import SNAPSHOT
from .state.tenants import OTHER_TENANT

__all__ = [
    "OTHER_TENANT",
    "SNAPSHOT",
    "UPSTREAM",
    "Credentials",
    "Generation",
    "MissingCredentials",
    "build_suite",
]
