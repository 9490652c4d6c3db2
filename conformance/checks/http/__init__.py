"""Area ``http``: HTTP itself.

``methods``: methods other than the contract's. ``media_types``: the media type of requests. ``framing``: chunked
bodies and content codings. ``connections``: well-formed responses, and kept connections. ``errors``: the form of error
responses.
"""

from . import connections, errors, framing, media_types, methods

__all__ = ["connections", "errors", "framing", "media_types", "methods"]
