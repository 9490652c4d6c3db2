"""Mutants that handle requests wrongly after a rejected request."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Crash, Fault, Server


def after_rejection_mutants() -> Iterator[tuple[str, Fault]]:
    """The mutants with their names; new ones each time, because they keep state."""
    yield "crashes on the request after a rejected one", _BrokenByRejection(Crash(), times=1)
    yield "crashes on all requests after the first rejected one", _BrokenByRejection(Crash(), times=10**9)
    yield "rejects all requests after the first rejected one", _BrokenByRejection(None, times=10**9)


class _BrokenByRejection:
    """Fails the next *times* requests after a rejected payload: raises *crash*, or rejects them."""

    def __init__(self, crash: Crash | None, times: int) -> None:
        self._crash, self._times, self._left = crash, times, 0

    async def __call__(self, request: Request, correct: Server) -> Response:
        if self._left:
            self._left -= 1
            if self._crash:
                raise self._crash
            return error(400)
        response = await correct(request)
        if response.status in (400, 415):
            self._left = self._times
        return response
