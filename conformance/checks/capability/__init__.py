"""Area ``capability``: requests for a feature that is declared unsupported are rejected."""

from . import unsupported

__all__ = ["unsupported"]
