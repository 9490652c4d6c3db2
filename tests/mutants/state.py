"""Mutants that a bad request harms: what they do wrong, they do to the next one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.mutant import Crash


def state_mutants() -> Iterator[tuple[str, Fault]]:
    """Mutants by name, fresh ones each time."""
    yield "crashes on what follows a refusal", _Harmed(Crash(), times=1)
    yield "crashes on everything after the first refusal", _Harmed(Crash(), times=10**9)
    yield "refuses everything after the first refusal", _Harmed(None, times=10**9)


class _Harmed:
    """After a refused payload the next *times* calls go wrong: *crash* is raised, or they are refused."""

    def __init__(self, crash: Crash | None, times: int) -> None:
        self._crash, self._times, self._left = crash, times, 0

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        if self._left:
            self._left -= 1
            if self._crash:
                raise self._crash
            return error(400)
        answer = await correct(call)
        if answer.status in (400, 415):
            self._left = self._times
        return answer
