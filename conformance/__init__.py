"""One contract, ``POST /embeddings``, and everything that follows from it.

    from conformance import Contract, check, validate_request, validate_response

Names are loaded when they are first used: this package stands in everybody's pytest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import check as check
    from .contract import Contract as Contract
    from .payload import UnreadableRequest as UnreadableRequest
    from .payload import Violation as Violation
    from .payload import validate_request as validate_request
    from .payload import validate_response as validate_response
    from .report import Report as Report

_HOMES = {
    "Contract": "contract",
    "Report": "report",
    "UnreadableRequest": "payload",
    "Violation": "payload",
    "check": "checking",
    "validate_request": "payload",
    "validate_response": "payload",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
