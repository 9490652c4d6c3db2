"""A conformance suite for servers of ``POST /embeddings``, and validators of their requests and responses.

    from conformance import Contract, audit, check, validate_request, validate_response

pytest imports this package through the plugin's entry point, so each name is loaded at its first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import audit as audit
    from .api import check as check
    from .contract import Contract as Contract
    from .errors import UsageError as UsageError
    from .report import Report as Report
    from .validation import UnreadableRequest as UnreadableRequest
    from .validation import Violation as Violation
    from .validation import validate_request as validate_request
    from .validation import validate_response as validate_response

_MODULES = {
    "Contract": "contract",
    "Report": "report",
    "UnreadableRequest": "validation",
    "UsageError": "errors",
    "Violation": "validation",
    "audit": "api",
    "check": "api",
    "validate_request": "validation",
    "validate_response": "validation",
}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
