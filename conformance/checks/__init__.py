"""The checks, by area; each exercises one requirement."""

from conformance.contract.credentials import Credentials, MissingCredentials

from .build import build_suite
from .forwarding.request import UPSTREAM
from .judges import EXPECTED
from .property.generated import Generation

__all__ = [
    "EXPECTED",
    "UPSTREAM",
    "Credentials",
    "Generation",
    "MissingCredentials",
    "build_suite",
]
