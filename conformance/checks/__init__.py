"""The checks, by area; each exercises one requirement."""

from conformance.contract.credentials import Credentials, MissingCredentials

from .build import build_suite
from .forwarding import UPSTREAM
from .property import Generation

__all__ = [
    "UPSTREAM",
    "Credentials",
    "Generation",
    "MissingCredentials",
    "build_suite",
]
