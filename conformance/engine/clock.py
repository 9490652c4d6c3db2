"""The clock of the engine's pauses and deadlines."""

from __future__ import annotations

import asyncio


def loop_time() -> float:
    """The time of the running event loop, in seconds; the loop of a test may not wait for it to pass."""
    return asyncio.get_running_loop().time()
