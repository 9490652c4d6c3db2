"""Serve a hostile target in this process: ``python -m tests.hostile.serve NAME CONTRACT``. Prints its base URL."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from conformance.contract import Contract
from conformance.reference import BASE_PATH
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server
from tests.hostile.index import SERVERS

PROFILE = "openai"
"""A profile with one credential, so that runs are short."""


def reference(file: Path) -> Server:
    """The correct server of the contract in *file*. It is built at its first request: some targets never use it."""
    built: list[Server] = []

    async def server(request: Request) -> Response:
        if not built:
            from tests.mutants.setup import Setup

            built.append(Setup.of(Contract.load(file, profile=PROFILE)).correct)
        return await built[0](request)

    return server


async def serve(name: str, contract: Path) -> None:
    """Serve the target *name* until the process ends."""
    server = SERVERS[name](reference(contract))
    await server.listen()
    print(f"{server.scheme}://{server.host}:{server.port}{BASE_PATH}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
