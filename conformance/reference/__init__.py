"""The reference server: strict, deterministic, and derived from the contract.

``conformance.reference:app`` is the server of the vendored contract with the default credentials, at base path ``/v1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .access_log import AccessLog
from .application import BASE_PATH, MAX_BODY, create_app, default_app
from .auth import default_credentials
from .connection_limits import MAX_CONNECTIONS, ConnectionLimits
from .fault_injection import ConnectionDropped, inject
from .fault_schedule import InvalidFault
from .listening import CannotListen, free_port, url_authority
from .server import background_server, serve
from .tiktoken_encodings import TokenizerUnavailable, available_tokenizer, load_tokenizer
from .tokenizer import BYTES

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = [
    "BASE_PATH",
    "BYTES",
    "MAX_BODY",
    "MAX_CONNECTIONS",
    "AccessLog",
    "CannotListen",
    "ConnectionDropped",
    "ConnectionLimits",
    "InvalidFault",
    "TokenizerUnavailable",
    "available_tokenizer",
    "background_server",
    "create_app",
    "default_credentials",
    "free_port",
    "inject",
    "load_tokenizer",
    "serve",
    "url_authority",
]


def __getattr__(name: str) -> Starlette:
    """Create ``app`` at its first use, so that an import does not read the contract."""
    if name == "app":
        return default_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
