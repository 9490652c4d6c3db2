"""A bare client: it sends recorded requests with aiohttp, and reads the responses.

python -m benchmarks.replay URL FILE CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64decode
from collections import deque
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

FRAMING = {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"}
"""Headers that the client writes itself."""


async def replay(url: str, requests: deque[dict[str, Any]], concurrency: int) -> None:
    """Send all *requests* to the server at *url*."""
    origin = URL(url).origin()
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        await asyncio.gather(*(_worker(session, origin, requests) for _ in range(concurrency)))


async def _worker(session: aiohttp.ClientSession, origin: URL, requests: deque[dict[str, Any]]) -> None:
    while requests:
        one = requests.popleft()
        query = f"?{one['query']}" if one["query"] else ""
        target = URL(f"{origin}{one['path']}{query}", encoded=True)
        headers = [(name, value) for name, value in one["headers"] if name not in FRAMING]
        try:
            async with session.request(
                one["method"], target, headers=headers, data=b64decode(one["body"]), allow_redirects=False
            ) as response:
                await response.read()
        except (aiohttp.ClientError, ValueError):
            pass  # a few of the requests are unusual ones, which this client does not send


def main() -> None:
    """Send the requests of a file."""
    url, file, concurrency = sys.argv[1:]
    requests = deque(map(json.loads, Path(file).read_text("utf-8").splitlines()))
    asyncio.run(replay(url, requests, int(concurrency)))


if __name__ == "__main__":
    main()
