"""The reference server: strict, deterministic, and derived from the contract.

``conformance.reference:app`` is the server of the vendored contract with the default credentials, at base
path ``/v1``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .app import BASE_PATH, MAX_BODY, create_app
from .auth import default_credentials
from .fault_injection import ConnectionDropped, inject
from .faults import UnknownInjection
from .server import background_server, serve
from .tiktoken_encodings import TokenizerUnavailable, load_tokenizer, tokenizer_at_hand
from .tokenizer import BYTES

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = [
    "BASE_PATH",
    "BYTES",
    "MAX_BODY",
    "ConnectionDropped",
    "TokenizerUnavailable",
    "UnknownInjection",
    "background_server",
    "create_app",
    "default_credentials",
    "inject",
    "load_tokenizer",
    "serve",
    "tokenizer_at_hand",
]


@cache
def _default_app() -> Starlette:
    return create_app()


def __getattr__(name: str) -> Starlette:
    """Create ``app`` when it is first asked for: an import reads no contract."""
    if name == "app":
        return _default_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
