"""Response headers that name the sender, such as a cache or a gateway (``spec/response-headers.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .openapi.source_file import read_file
from .spec_files import spec_file


@dataclass(frozen=True, slots=True)
class ResponseHeaders:
    """Lowercase names of headers: ``request_ids`` belong to one request, ``cache_status`` tells of a cache.

    ``cache_hits`` are the beginnings of the values of ``cache_status`` that mean a hit.
    """

    request_ids: tuple[str, ...]
    cache_status: tuple[str, ...]
    cache_hits: tuple[str, ...]


@cache
def response_headers() -> ResponseHeaders:
    """The headers of the file."""
    entries = read_file(spec_file("response-headers.yaml")).value
    return ResponseHeaders(
        tuple(entries["request-ids"]), tuple(entries["cache-status"]), tuple(entries["cache-hits"])
    )
