"""Targets that are slow, hang, or limit the rate of requests."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from time import time
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server

from .expected import ANSWERING, ANY, NO_ANSWER, RUNNING, SHORT, Expected, correct
from .reading import Reader, read_body, read_head
from .server import FOREVER, HostileServer, Writer

HUGE = 2**31 - 1


class SlowsDown(HostileServer):
    """Each response takes 10 ms longer than the one before it."""

    expected = Expected(codes=(1, 2), also=ANY, options=SHORT)

    async def respond(self, request: Request) -> Response:
        await asyncio.sleep(self.number * 0.01)
        return await super().respond(request)


class BlockedBySlowClient(HostileServer):
    """While the body of one request arrives, no other request is read."""

    expected = Expected(
        codes=(0,),
        fails=("state.slow-client",),
        options=("--only=state.slow-client", "--only=auth.accept.*", "--only=auth.reject.*"),
    )

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._reading = asyncio.Lock()

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        async with self._reading:
            return head and await read_body(head, reader)


class SlowRejections(HostileServer):
    """Correct, but slow: each rejection takes 9 s."""

    expected = Expected(codes=(0, 1, 2))

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        await asyncio.sleep(0 if response.ok else 9)
        return response


class SlowBatches(HostileServer):
    """Correct, but slow: each text takes 100 ms, one after the other."""

    expected = Expected(codes=(0, 1, 2), options=("--timeout=4",))

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._free = asyncio.Lock()

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if response.ok:
            async with self._free:
                await asyncio.sleep(len(response.embeddings) * 0.1)
        return response


class HangsAtDimensions(HostileServer):
    """Requests for 8 dimensions get no response."""

    expected = Expected(fails=ANSWERING, evidence=NO_ANSWER, options=SHORT)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await asyncio.sleep(FOREVER if self.hangs(request, response) else 0)
        await super().send(request, response, writer)

    def hangs(self, request: Request, _: Response, /) -> bool:
        return bool(request.json_object.get("dimensions") == 8)


class HangsAtHugeDimensions(HangsAtDimensions):
    """Requests for 2147483647 dimensions get no response."""

    expected = Expected(fails=ANSWERING, evidence=NO_ANSWER, options=("--timeout=6",))

    def hangs(self, request: Request, _: Response) -> bool:
        return bool(request.json_object.get("dimensions") == HUGE)


class HangsAtBase64(HangsAtDimensions):
    """Requests for base64 get no response."""

    expected = Expected(fails=ANSWERING, evidence=NO_ANSWER, options=SHORT)

    def hangs(self, request: Request, _: Response) -> bool:
        return request.json_object.get("encoding_format") == "base64"


class HangsAtInvalid(HangsAtDimensions):
    """Invalid requests get no response."""

    expected = Expected(fails=ANSWERING, also=ANY, evidence=NO_ANSWER, options=SHORT)

    def hangs(self, _: Request, response: Response) -> bool:
        return not response.ok


class HangsAfterMany(HangsAtDimensions):
    """After 200 requests, no request gets a response."""

    expected = Expected(codes=(1, 2), also=RUNNING, options=SHORT)

    def hangs(self, *_: object) -> bool:
        return self.number > 200


class Alternates500(HostileServer):
    """Every second request gets a 500."""

    expected = Expected(fails=ANY)
    status: ClassVar[int] = 500

    def changed(self, _: Request, response: Response) -> Response:
        return error(self.status) if self.number % 2 == 0 else response


class Alternates503(Alternates500):
    """Correct, but busy: every second request gets a 503 without Retry-After."""

    expected = Expected(codes=(0, 1, 2), seconds=180)
    status = 503


class Busy(HostileServer):
    """Correct: every 25th request gets a 429 with Retry-After in seconds."""

    expected = correct(seconds=120)
    status: ClassVar[int] = 429

    def changed(self, _: Request, response: Response) -> Response:
        return self.busy() if self.number % 25 == 0 else response

    def busy(self) -> Response:
        """The response of a server that is busy."""
        return error(self.status).with_header("retry-after", self.retry_after())

    def retry_after(self) -> str | None:
        return "1"


class Busy503(Busy):
    """Correct: every 25th request gets a 503 with Retry-After in seconds."""

    status = 503


class BusyUntilDate(Busy):
    """Correct: every 25th request gets a 503 with a date in Retry-After."""

    status = 503

    def retry_after(self) -> str | None:
        return formatdate(time() + 1.5, usegmt=True)


class BusyUntilPastDate(Busy):
    """Correct: every 25th request gets a 429 with a past date in Retry-After."""

    def retry_after(self) -> str | None:
        return formatdate(0, usegmt=True)


class BusyForNegativeTime(Busy):
    """Correct, except that every 25th request gets a 429 with a negative Retry-After."""

    def retry_after(self) -> str | None:
        return "-1"


class BusyForGarbage(Busy):
    """Correct, except that every 25th request gets a 503 with a Retry-After that is not a time."""

    status = 503

    def retry_after(self) -> str | None:
        return "soon, Thu, 99 Foo 99999999999999999999 \u00e9"


class BusyForDay(Busy):
    """After 100 requests, each one gets a 503 with a Retry-After of one day."""

    expected = Expected(codes=(1, 2))
    status = 503

    def changed(self, _: Request, response: Response) -> Response:
        return self.busy() if self.number > 100 else response

    def retry_after(self) -> str | None:
        return "86400"


class BusyForever(BusyForDay):
    """After 100 requests, each one gets a 429 with a Retry-After of 400 digits."""

    status = 429

    def retry_after(self) -> str | None:
        return "9" * 400


class BusyWithoutTime(BusyForDay):
    """After 100 requests, each one gets a 429 without a Retry-After."""

    expected = Expected(codes=(1, 2))
    status = 429

    def retry_after(self) -> str | None:
        return None


class BusyAtOneValue(Busy):
    """Requests for 8 dimensions get a 503 each time, with a Retry-After of 1 s: the target is not busy, but broken."""

    expected = Expected(
        fails=("meaning.prefix", "meaning.requested-lengths"),
        also=(
            "request.*",
            "meaning.*",
            "response.dimensions",
            "state.cache.*",
            "state.concurrent",
            "property.*",
        ),
        seconds=180,
    )
    status = 503

    def changed(self, request: Request, response: Response) -> Response:
        return self.busy() if request.json_object.get("dimensions") == 8 else response
