"""The checks, by area; each exercises one requirement."""

from .build import build_suite
from .credentials import Credentials, MissingCredentials
from .forwarding import UPSTREAM
from .generated import Generation
from .judges import EXPECTED
from .tokens import BYTES, UnknownTokenizer

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
