"""How many texts one request may have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from .findings import Finding, found
from .ground import Ground, most_items
from .probing import Outcome, Reading

Try = Callable[[int], Awaitable[Reading]]


async def batch_findings(ground: Ground) -> AsyncIterator[Finding]:
    """The most texts that a batch may have: doubled up to the contract's own limit, then closed in on."""
    most = most_items(ground.contract, "string")
    if most is None:
        return

    async def attempt(count: int) -> Reading:
        return await ground.ask(input=[f"river {number}" for number in range(count)])

    served, failed = await _first_not_served(attempt, most)
    if failed is None:
        yield found(f"batch: {most} texts are served, the most that the contract admits")
        return
    count, reading = failed
    if reading.outcome is Outcome.REFUSED:
        served, (count, reading) = await _closed_in(attempt, served, (count, reading))
    sent = f"{served} texts are served, {count}: {reading.note}"
    if reading.outcome is Outcome.REFUSED:
        yield found(sent, "limit", f"batch={served}")
    else:
        yield found(f"batch: no limit is declared; where a run sees the same, that is a failure ({sent})")


async def _first_not_served(attempt: Try, most: int) -> tuple[int, tuple[int, Reading] | None]:
    served, count = 1, 2
    while True:
        reading = await attempt(count)
        if reading.outcome is not Outcome.SERVED:
            return served, (count, reading)
        served = count
        if served == most:
            return served, None
        count = min(2 * count, most)


async def _closed_in(
    attempt: Try, served: int, refused: tuple[int, Reading]
) -> tuple[int, tuple[int, Reading]]:
    """The most that is served and the least that is refused; anything else that comes on the way ends it."""
    while refused[0] - served > 1:
        middle = (served + refused[0]) // 2
        reading = await attempt(middle)
        if reading.outcome is Outcome.SERVED:
            served = middle
        else:
            refused = middle, reading
            if reading.outcome is not Outcome.REFUSED:
                break
    return served, refused
