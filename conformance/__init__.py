"""One contract, ``POST /embeddings``, and everything that follows from it.

    from conformance import Contract, check, validate_request, validate_response

Names are loaded when they are first used: this package stands in everybody's pytest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import check as check
    from .contract import Contract as Contract
    from .report import Report as Report
    from .validation import UnreadableRequest as UnreadableRequest
    from .validation import Violation as Violation
    from .validation import validate_request as validate_request
    from .validation import validate_response as validate_response

_HOMES = {
    "Contract": "contract",
    "Report": "report",
    "UnreadableRequest": "validation",
    "Violation": "validation",
    "check": "api",
    "validate_request": "validation",
    "validate_response": "validation",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
