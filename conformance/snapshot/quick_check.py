"""Request the vectors of some texts again, alone and in one batch; quick enough for production health checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from conformance.drift import Comparison, Form, Observation, Snapshot, compare_snapshot
from conformance.drift.sending import FEW, evenly_spread
from conformance.http_client import Target

from .client import SnapshotClient
from .errors import NothingRecorded
from .record import require_success
from .requests import TextRequests

TOO_MUCH = frozenset({400, 413, 422})
"""Statuses with which a target rejects a batch that is too large."""


async def check_some(
    target: Target,
    requests: TextRequests,
    snapshot: Snapshot,
    *,
    shown_url: str,
    redact: Callable[[str], str] = lambda text: text,
    tolerance: float | None = None,
) -> Comparison:
    """Compare a dozen texts with *snapshot*. Raises Unreachable, NothingRecorded."""
    texts = evenly_spread([record.text for record in snapshot.records if record.vector is not None], FEW)
    found = Observation()
    async with target:
        client = SnapshotClient(target)

        async def ask(form: Form, *asked: int) -> None:
            chosen = [texts[place] for place in asked]
            request = requests.request(chosen)
            if request is not None:
                exchange = await client.send(request)
                if form is Form.BATCH and exchange.status in TOO_MUCH:
                    return  # Vectors of batches cannot be compared; the target may limit their tokens.
                require_success(exchange, shown_url, redact)
                requests.read(found, form, chosen, exchange)

        await asyncio.gather(*(ask(Form.SINGLE, place) for place in range(len(texts))))
        if snapshot.batch > 1 and len(texts) > 1:
            await ask(Form.BATCH, *range(min(len(texts), snapshot.batch)))
    if not any(found.vectors.values()):
        raise NothingRecorded(
            f"{shown_url}: no response has a vector that can be read; test the target with run"
        )
    return compare_snapshot(snapshot, found, tolerance)
