"""Area ``http``: HTTP itself.

``methods``: methods other than the contract's. ``media_types``: the media type of requests. ``framing``: chunked
bodies and content codings. ``trailers``: fields after a body. ``connections``: well-formed responses, and kept
connections. ``long_connections``: many requests on one connection. ``closing``: connections that a client does not
keep. ``conflicting_lengths``: several lengths of a body. ``errors``: the form of error responses. ``declared``:
responses as the contract declares them. ``sizes``: large request bodies. ``expect``: clients that wait before they send
a body. ``clients``: requests of real clients, and headers that proxies add.
"""

from . import (
    clients,
    closing,
    conflicting_lengths,
    connections,
    declared,
    errors,
    expect,
    framing,
    long_connections,
    media_types,
    methods,
    sizes,
    trailers,
    transports,
)

__all__ = [
    "clients",
    "closing",
    "conflicting_lengths",
    "connections",
    "declared",
    "errors",
    "expect",
    "framing",
    "long_connections",
    "media_types",
    "methods",
    "sizes",
    "trailers",
    "transports",
]
