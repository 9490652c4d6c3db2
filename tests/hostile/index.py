"""All hostile targets by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from . import bodies, clients, connections, content, failures, fields, framing, heads, pace, sequences
from .server import HostileServer

MODULES = (framing, bodies, content, heads, fields, connections, sequences, pace, failures, clients)


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

QUICK = {
    "gzip-bomb": ("auth.accept.*", "response.*"),
    "ssh-banner": ("http.*",),
    "broken-chunk-size": ("auth.accept.*", "http.*"),
    "chunked-for-old-clients": ("http.response.*", "http.transport.*"),
    "gzip-with-length-of-plain-batch": ("http.response.*", "request.input.*"),
    "reads-one-connection-option": ("http.connection.close",),
    "continue-for-old-clients": ("http.expect.*",),
    "trailers-before-headers": ("http.trailer",),
    "first-of-two-lengths": ("http.conflicting-lengths",),
    "checks-credentials-once": ("auth.reused-connection",),
    "two-answers": ("http.connection.*", "http.response.*"),
    "unread-body": ("http.connection.*", "http.method.*"),
    "previous-answer": ("http.connection.*", "meaning.*"),
    "cuts-late-responses": ("http.connection.many-requests", "http.response.framing"),
    "other-vectors-late": ("http.connection.many-requests",),
    "dies-at-value": ("request.*", "state.running"),
    "hangs-at-huge-dimensions": ("request.value.*", "state.answering", "state.running"),
    "closes-at-long-header": (
        "auth.accept.*",
        "auth.secret.*.unusual",
        "auth.values.no-crash",
        "http.transport.*",
    ),
    "without-continue": ("http.expect", "http.method.get"),
    "blocked-by-slow-client": ("state.slow-client",),
}
"""The targets of the default tests, one or more for each requirement on connections and processes.

With the requirements that the run is limited to, because a whole run takes long; `tox -e hostile` has whole runs.
"""
