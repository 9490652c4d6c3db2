"""How much of an answer is taken in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one answer; what goes beyond them is a failure of kind too-large.

    body: bytes of the body, as they arrive and again unpacked.
    ratio: unpacked bytes for each byte that arrived, looked at above `ratio_from` unpacked bytes. One deflate
        stream cannot reach 1,033, so the default only stops codings that are stacked on each other.
    codings: content codings stacked on one body.
    headers: number of header lines.
    header_bytes: bytes of all names and values together.
    """

    body: int = 256 * 1024 * 1024
    ratio: int = 2000
    ratio_from: int = 1024 * 1024
    codings: int = 2
    headers: int = 256
    header_bytes: int = 64 * 1024
