"""Targets that stop, restart, or are wrong in some states only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic

from tests.faulty_servers.messages import Request, Response

from .expected import AFTER_REJECTION, ANY, ONLY_AFTER, ONLY_BESIDE, RUNNING, Expected, correct
from .reading import Reader
from .server import CloseConnection, HostileServer, Writer

HUGE = 2**31 - 1
VECTORS = ("meaning.*", "response.*", "state.*", "property.*")


class DiesAtValue(HostileServer):
    """The process ends at a request for 2147483647 dimensions."""

    expected = Expected(fails=RUNNING, also=("request.dimensions.*",), evidence=str(HUGE))

    async def answer(self, request: Request, writer: Writer) -> None:
        if self.ends_at(request):
            await self.end()
        await super().answer(request, writer)

    def ends_at(self, request: Request, /) -> bool:
        return bool(request.json_object.get("dimensions") == HUGE)


class DiesAtInvalid(DiesAtValue):
    """The process ends at a request whose body begins as an object and is not JSON."""

    expected = Expected(fails=RUNNING, also=("request.json.*",))

    def ends_at(self, request: Request) -> bool:
        return request.method == "POST" and request.body.startswith(b"{") and not request.json_object


class DiesAfterMany(DiesAtValue):
    """The process ends at its 150th request, whatever it is."""

    expected = Expected(fails=RUNNING)

    def ends_at(self, _: Request) -> bool:
        return self.number == 150


class DiesAndReturns(DiesAtValue):
    """The process ends at a request for 2147483647 dimensions, and is started again after 1 s."""

    expected = Expected(
        fails=RUNNING, also=("request.dimensions.*", "request.value.no-crash"), evidence=str(HUGE)
    )

    async def end(self) -> None:
        await self.restart(1.0)
        raise CloseConnection


class RestartsEarly(HostileServer):
    """Correct: it restarts at its 40th request, with 1.5 s without a listener."""

    expected = correct()

    async def answer(self, request: Request, writer: Writer) -> None:
        if self.restarts():
            await self.restart(1.5)
            raise CloseConnection
        await super().answer(request, writer)

    def restarts(self) -> bool:
        return self.number == 40


class RestartsLate(RestartsEarly):
    """Correct: it restarts at its 500th request, with 1.5 s without a listener."""

    def restarts(self) -> bool:
        return self.number == 500


class RestartsOften(RestartsEarly):
    """Correct: it restarts at every 150th request, with 1.5 s without a listener."""

    expected = Expected(codes=(0, 1), seconds=180)

    def restarts(self) -> bool:
        return self.number % 150 == 0


class WrongReplica(HostileServer):
    """One replica of three returns wrong vectors."""

    expected = Expected(fails=VECTORS)

    def changed(self, _: Request, response: Response) -> Response:
        return rotated(response) if self.number % 3 == 0 else response


class WrongAfterLongText(HostileServer):
    """After a request of more than 1,000 bytes, the next response has wrong vectors."""

    expected = Expected(fails=VECTORS, evidence=ONLY_AFTER)
    _after_long = False

    def changed(self, request: Request, response: Response) -> Response:
        after_long, self._after_long = self._after_long, len(request.body) > 1000
        return rotated(response) if after_long else response


class WrongAfterRejection(HostileServer):
    """After a request that was rejected, the next successful response has wrong vectors."""

    expected = Expected(fails=AFTER_REJECTION, evidence=ONLY_AFTER)
    _after_rejection = False

    def changed(self, _: Request, response: Response) -> Response:
        after_rejection, self._after_rejection = self._after_rejection, not response.ok
        return rotated(response) if after_rejection else response


class WrongAfterIdleSecond(HostileServer):
    """The first response after a second without requests has wrong vectors."""

    expected = Expected(codes=(0, 1), fails=(), also=("state.same-text", "http.transport.valid", "meaning.*"))
    _last = 0.0

    def changed(self, _: Request, response: Response) -> Response:
        before, self._last = self._last, monotonic()
        return rotated(response) if before and self._last - before > 1 else response


class WrongFifthOfConnection(HostileServer):
    """The fifth response on each connection has wrong vectors."""

    expected = Expected(fails=("http.connection.many-requests",))

    async def connected(self, reader: Reader, writer: Writer) -> None:
        number = 0
        while (request := await self.read(reader)) is not None:
            number += 1
            response = await self.respond(request)
            await self.send(request, rotated(response) if number == 5 else response, writer)
            if self.is_last(request):
                break


class WrongBesideOthers(HostileServer):
    """Vectors are wrong if another request is in flight."""

    expected = Expected(fails=VECTORS, evidence=ONLY_BESIDE)
    most = 1
    _in_flight = 0

    async def respond(self, request: Request) -> Response:
        self._in_flight += 1
        try:
            await asyncio.sleep(0.002)
            response = await super().respond(request)
            return self.wrong(response) if self._in_flight > self.most else response
        finally:
            self._in_flight -= 1

    def wrong(self, response: Response, /) -> Response:
        return rotated(response)


class FailsUnderLoad(WrongBesideOthers):
    """Responses are 500 if four other requests are in flight."""

    expected = Expected(fails=ANY, evidence=ONLY_BESIDE)
    most = 4

    def wrong(self, response: Response) -> Response:
        return replace(response, status=500)


def rotated(response: Response) -> Response:
    """*response* with the first number of each vector as its last one; base64 stays as it is."""
    if not response.ok:
        return response
    return response.with_embeddings(
        [vector[1:] + vector[:1] if isinstance(vector, list) else vector for vector in response.embeddings]
    )
