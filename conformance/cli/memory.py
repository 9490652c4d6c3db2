"""Return the memory of large blocks to the system: by default, glibc keeps freed blocks of up to 32 MB for itself."""

from __future__ import annotations

from contextlib import suppress
from ctypes import CDLL

M_MMAP_THRESHOLD = -3
"""The parameter of ``mallopt``, as glibc's ``malloc.h`` defines it."""

LARGE = 256 * 1024
"""Bytes of a block that is returned as soon as it is free."""


def return_large_blocks() -> None:
    """Let glibc return each large block when it is freed. No effect with another C library."""
    with suppress(OSError, AttributeError, TypeError):
        CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)
