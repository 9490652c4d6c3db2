"""The checks, by area; each exercises one requirement."""

from conformance.contract.credentials import Credentials, MissingCredentials

from .build import build_suite
from .forwarding.request import UPSTREAM
from .judges import EXPECTED
from .meaning.tokens import BYTES, UnknownTokenizer
from .property.generated import Generation

__all__ = [
    "BYTES",
    "EXPECTED",
    "UPSTREAM",
    "Credentials",
    "Generation",
    "MissingCredentials",
    "UnknownTokenizer",
    "build_suite",
]
