"""The mock upstream of a gateway: it records requests, and responds correctly or by a script."""

from .recording import (
    Compressed,
    Late,
    Misbehavior,
    Recordable,
    Recording,
    Script,
    UpstreamRequest,
    UpstreamResponse,
    is_failure,
)
from .upstream import MockUpstream

__all__ = [
    "Compressed",
    "Late",
    "Misbehavior",
    "MockUpstream",
    "Recordable",
    "Recording",
    "Script",
    "UpstreamRequest",
    "UpstreamResponse",
    "is_failure",
]
