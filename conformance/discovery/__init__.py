"""Discovery: send a few requests to a target, one after the other, and derive a configuration from the responses."""

from .base_url import base_url_of
from .client import MAX_REQUESTS
from .discover import Discovery, DiscoveryOptions, discover
from .errors import DiscoveryFailed
from .findings import Basis, Finding, given_finding, toml_document

__all__ = [
    "MAX_REQUESTS",
    "Basis",
    "Discovery",
    "DiscoveryFailed",
    "DiscoveryOptions",
    "Finding",
    "base_url_of",
    "discover",
    "given_finding",
    "toml_document",
]
