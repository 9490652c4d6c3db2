"""aiohttp: one POST request. Arguments: URL, credential, body."""

import asyncio
import json
import sys

import aiohttp


async def main() -> None:
    """Send the request, and print the status of the response."""
    url, credential, body = sys.argv[1:4]
    headers = {"Authorization": f"Bearer {credential}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=json.loads(body), headers=headers) as response,
    ):
        print(response.status)


asyncio.run(main())
