"""All hostile targets by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from . import bodies, clients, connections, content, failures, framing, heads, pace, sequences
from .server import HostileServer

MODULES = (framing, bodies, content, heads, connections, sequences, pace, failures, clients)


def _servers(module: ModuleType) -> Iterator[type[HostileServer]]:
    """The targets that *module* defines, in its order."""
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, HostileServer)
            and value.__module__ == module.__name__
        ):
            yield value


def _name(server: type[HostileServer]) -> str:
    """The name of the class in lowercase with hyphens."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", server.__name__).lower()


SERVERS = {_name(server): server for module in MODULES for server in _servers(module)}

QUICK = (
    "gzip-bomb",
    "ssh-banner",
    "broken-chunk-size",
    "chunked-for-old-clients",
    "two-answers",
    "unread-body",
    "previous-answer",
    "dies-at-value",
    "hangs-at-huge-dimensions",
    "blocked-by-slow-client",
)
"""Those that the default tests run against: among them one for each requirement on connections and processes."""
