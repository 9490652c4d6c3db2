"""Mutants that confuse requests with the same id, concurrent large requests, those of a burst, or after disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from tests.faulty_servers.embeddings import count_words, embeds_input, input_of, is_array_of
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server
from tests.mutants.mutant import Mutant

IDS, LARGE, BURST, DISCONNECT = (
    f"state.{what}" for what in ("request-id", "concurrent.large", "burst", "disconnect")
)


def concurrent_load_mutants() -> Iterator[Mutant]:
    """The mutants; new ones each time, because they keep state."""
    yield Mutant("caches responses by X-Request-Id", IDS, _ByHeader("x-request-id"))
    yield Mutant("caches responses by Idempotency-Key alone", IDS, _ByHeader("idempotency-key"))
    yield Mutant("gives concurrent requests of one trace the same response", IDS, _InFlight("traceparent"))
    yield Mutant("confuses large concurrent batches", LARGE, _ConfusesLarge())
    yield Mutant("confuses long concurrent texts in base64", LARGE, _ConfusesLong())
    crash = "crashes when several large requests are in flight"
    yield Mutant(crash, "state.concurrent", _CrashesBesideLarge(), shown_by=(LARGE,))
    yield Mutant("returns another vector when more than 16 requests are in flight", BURST, _Mixes(16))
    yield Mutant("crashes when more than 20 requests are in flight", BURST, _CrashesAbove(20))
    yield Mutant("returns the last response again after a disconnect", DISCONNECT, _RepeatsAfterDisconnect())
    yield Mutant("loses a worker with each disconnect", DISCONNECT, _LosesWorkers(8, error(500)))
    yield Mutant("responds with 503 after eight disconnects", DISCONNECT, _LosesWorkers(8, error(503)))


class _ByHeader:
    """Returns the first response to a request with the same value of a header."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._responses: dict[str, Response] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = request.header(self._name)
        if value is None:
            return await correct(request)
        if value not in self._responses:
            self._responses[value] = await correct(request)
        return self._responses[value]


class _InFlight:
    """Returns the response of the first of the requests in flight that have the same value of a header."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: dict[str, asyncio.Task[Response]] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = request.header(self._name)
        if value is None:
            return await correct(request)
        task = self._running.get(value) or asyncio.ensure_future(self._slow(request, correct))
        self._running[value] = task
        response = await asyncio.shield(task)
        self._running.pop(value, None)
        return response

    async def _slow(self, request: Request, correct: Server) -> Response:
        await asyncio.sleep(0.01)
        return await correct(request)


class _BesideOthers:
    """Does something to requests of a kind while others of that kind are in flight."""

    def __init__(self) -> None:
        self._in_flight: list[Request] = []

    async def __call__(self, request: Request, correct: Server) -> Response:
        if not self._concerns(request.json_object):
            return await correct(request)
        self._in_flight.append(request)
        try:
            await asyncio.sleep(0.01)
            others = [other for other in self._in_flight if other is not request]
            return await (self._beside(request, others, correct) if others else correct(request))
        finally:
            self._in_flight.remove(request)

    def _concerns(self, payload: dict[str, Any]) -> bool:
        raise NotImplementedError

    async def _beside(self, request: Request, others: list[Request], correct: Server) -> Response:
        """Embed the input of another request."""
        value = input_of(others[-1].json_object)
        return await embeds_input(lambda _: value)(request, correct)


class _ConfusesLarge(_BesideOthers):
    def _concerns(self, payload: dict[str, Any]) -> bool:
        value = input_of(payload)
        return is_array_of(value, str) and len(value) > 60 and count_words(value[0]) == 5

    async def _beside(self, request: Request, others: list[Request], correct: Server) -> Response:
        """Embed the last text of another batch in the place of the own one."""
        other = input_of(others[-1].json_object)[-1]
        return await embeds_input(lambda texts: [*texts[:-1], other])(request, correct)


class _ConfusesLong(_BesideOthers):
    def _concerns(self, payload: dict[str, Any]) -> bool:
        return count_words(input_of(payload)) == 180 and payload.get("encoding_format") == "base64"


class _CrashesBesideLarge(_BesideOthers):
    def _concerns(self, payload: dict[str, Any]) -> bool:
        value = input_of(payload)
        return is_array_of(value, str) and len(value) > 60 and count_words(value[0]) == 5

    async def _beside(self, request: Request, others: list[Request], correct: Server) -> Response:
        return error(500) if len(others) > 1 else await correct(request)


class _Mixes:
    """Embeds the text of another request if more than *limit* are in flight."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_flight: list[Request] = []

    async def __call__(self, request: Request, correct: Server) -> Response:
        self._in_flight.append(request)
        try:
            if len(self._in_flight) <= self._limit:
                await asyncio.sleep(0.005)
                return await correct(request)
            other = self._in_flight[0].json_object.get("input", "a text")
            return await embeds_input(lambda _: other)(request, correct)
        finally:
            self._in_flight.remove(request)


class _CrashesAbove:
    """Responds with 500 if more than *limit* requests are in flight."""

    def __init__(self, limit: int) -> None:
        self._limit, self._number = limit, 0

    async def __call__(self, request: Request, correct: Server) -> Response:
        self._number += 1
        try:
            if self._number > self._limit:
                return error(500)
            await asyncio.sleep(0.005)
            return await correct(request)
        finally:
            self._number -= 1


def _was_broken_off(request: Request) -> bool:
    """Whether the client disconnected within the body."""
    return len(request.body) < int(request.header("content-length") or 0)


class _RepeatsAfterDisconnect:
    """After a client has disconnected, the next one gets the response that was sent before."""

    def __init__(self) -> None:
        self._last: Response | None = None
        self._repeats = False

    async def __call__(self, request: Request, correct: Server) -> Response:
        if _was_broken_off(request):
            self._repeats = self._last is not None
            return error(400)
        if self._repeats and self._last is not None:
            self._repeats = False
            return self._last
        response = await correct(request)
        if response.ok:
            self._last = response
        return response


class _LosesWorkers:
    """Has *workers*; one of them ends when its client disconnects. *without* workers, each response is this one."""

    def __init__(self, workers: int, without: Response) -> None:
        self._workers, self._without = workers, without

    async def __call__(self, request: Request, correct: Server) -> Response:
        if _was_broken_off(request):
            self._workers -= 1
        return await correct(request) if self._workers > 0 else self._without
