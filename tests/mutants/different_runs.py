"""Correct servers whose vectors and response times vary, or that show a part of a credential."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from random import Random

import numpy as np

from tests.faulty_servers.embeddings import changes_vectors, normalized
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server

NOISE = 1e-4
SHOWN = 4
"""Characters at the beginning and at the end of a credential that a server may show."""


def varying_servers() -> Iterator[tuple[str, Fault]]:
    """The servers with their names; new ones each time, because they keep state."""
    yield f"returns vectors with a noise of {NOISE:g}", _noisy()
    yield "responds after a random time", _jitters(0.03)
    yield "is slow at the start", _slow_between(0, 60)
    yield "is slow for some time in the middle", _slow_between(150, 300)
    yield "shows the ends of a rejected credential", _shows_ends


def _noisy() -> Fault:
    random = np.random.default_rng(0)
    return changes_vectors(
        lambda vectors, _: [normalized(v + NOISE * random.standard_normal(v.size)) for v in vectors]
    )


def _jitters(seconds: float) -> Fault:
    random = Random(0)

    async def server(request: Request, correct: Server) -> Response:
        await asyncio.sleep(seconds * random.random())
        return await correct(request)

    return server


def _slow_between(first: int, last: int) -> Fault:
    """Sleeps for requests with a number in this range."""
    number = count()

    async def server(request: Request, correct: Server) -> Response:
        if first <= next(number) < last:
            await asyncio.sleep(0.15)
        return await correct(request)

    return server


async def _shows_ends(request: Request, correct: Server) -> Response:
    """Repeats each header of a rejected request, but of a long value only the ends."""
    response = await correct(request)
    if response.status != 401:
        return response
    values = [value.decode("latin-1") for _, value in request.headers]
    shown = [value if len(value) <= 2 * SHOWN else f"{value[:SHOWN]}...{value[-SHOWN:]}" for value in values]
    return response.with_payload({"error": {"message": "wrong credentials", "param": shown}})
