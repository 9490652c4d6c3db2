"""The mock upstream of a gateway: it records requests, and responds correctly or by a script."""

from .recording import Misbehavior, Recordable, Recording, Script, UpstreamRequest, UpstreamResponse
from .upstream import MockUpstream

__all__ = [
    "Misbehavior",
    "MockUpstream",
    "Recordable",
    "Recording",
    "Script",
    "UpstreamRequest",
    "UpstreamResponse",
]
