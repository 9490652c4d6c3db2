"""Area ``http``: HTTP itself.

``methods``: methods other than the contract's. ``media_types``: the media type of requests. ``framing``: chunked
bodies and content codings. ``connections``: well-formed responses, and kept connections. ``errors``: the form of error
responses. ``sizes``: large request bodies. ``expect``: clients that wait before they send a body. ``clients``: requests
of real clients, and headers that proxies add.
"""

from . import clients, connections, errors, expect, framing, media_types, methods, sizes, transports

__all__ = [
    "clients",
    "connections",
    "errors",
    "expect",
    "framing",
    "media_types",
    "methods",
    "sizes",
    "transports",
]
