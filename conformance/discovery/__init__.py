"""Discovery: asks a target a few things, one after the other, and writes down what was found and what was guessed."""

from .base_url import cut
from .client import MOST_REQUESTS
from .discover import Discovery, Wanted, discover
from .errors import NotDiscovered
from .findings import Basis, Finding, given
from .toml import document

__all__ = [
    "MOST_REQUESTS",
    "Basis",
    "Discovery",
    "Finding",
    "NotDiscovered",
    "Wanted",
    "cut",
    "discover",
    "document",
    "given",
]
