"""Serve a hostile target in this process: ``python -m tests.hostile.serve NAME CONTRACT``. Prints its base URL."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from conformance.contract import Contract
from conformance.reference import BASE_PATH
from tests.hostile.index import SERVERS
from tests.mutants.setup import Setup

PROFILE = "openai"
"""A profile with one credential, so that runs are short."""


async def serve(name: str, contract: Path) -> None:
    """Serve the target *name* until the process ends."""
    server = SERVERS[name](Setup.of(Contract.load(contract, profile=PROFILE)).correct)
    await server.listen()
    print(f"{server.scheme}://{server.host}:{server.port}{BASE_PATH}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
