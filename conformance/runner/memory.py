"""Return the memory of large blocks to the system: by default, glibc keeps freed blocks of up to 32 MB for itself."""

from __future__ import annotations

from contextlib import suppress
from ctypes import CDLL

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Parameters of ``mallopt``, as glibc's ``malloc.h`` defines them."""

LARGE = 128 * 1024
"""Bytes of a block that is returned as soon as it is free."""


def return_large_blocks() -> None:
    """Let glibc return each large block when it is freed, and let all threads share one heap for the small ones.

    No effect with another C library.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_ARENA_MAX, 1)
