"""What must hold of an HTTP request before its payload is looked at: media type, content coding, size."""

from __future__ import annotations

from starlette.requests import Request

from .errors import Refusal

MAX_DIGITS = 18
"""A Content-Length of more digits is too large for any bound."""


def require_media_type(request: Request, media_type: str) -> None:
    """Refuse with 415 what is not sent as *media_type*, or is compressed.

    Parameters such as ``charset`` change nothing: ``application/json`` defines none (RFC 8259, section 11).
    """
    values = {value.partition(";")[0].strip().lower() for value in request.headers.getlist("content-type")}
    if values != {media_type.lower()}:
        raise Refusal(415, f"Expected Content-Type: {media_type}.", code="unsupported_media_type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            415,
            "Expected a body that is not compressed.",
            code="unsupported_content_encoding",
            headers={"Accept-Encoding": "identity"},
        )


async def read_body(request: Request, limit: int) -> bytes:
    """The body of *request*; refused with 413 once it is known to have more than *limit* bytes.

    A Content-Length above the limit is believed before anything is read; one that promises less is not.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > MAX_DIGITS or int(declared) > limit):
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"Expected a body of at most {limit} bytes.", code="payload_too_large")
