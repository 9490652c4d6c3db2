"""Area ``http``: HTTP itself.

``methods``: methods other than the contract's. ``media_types``: the media type of requests. ``framing``: chunked
bodies and content codings. ``errors``: the form of error responses.
"""

from . import errors, framing, media_types, methods

__all__ = ["errors", "framing", "media_types", "methods"]
