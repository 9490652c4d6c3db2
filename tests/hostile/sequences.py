"""Targets that mix up the responses of connections: too many, of another request, or to a body that was not read."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.faulty_servers.embeddings import changes_vectors
from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Server

from .expected import ANY, CONCURRENT, EXTRA_BYTES, ONLY_BESIDE, OWN_RESPONSE, UNREAD_BODY, Expected
from .reading import Reader, read_body, read_head
from .server import HostileServer, Writer, head_of, write

REVERSES = changes_vectors(lambda vectors, _: [vector[::-1] for vector in vectors])

LATE = error(500)
LATE_SECONDS = 0.03
TOGETHER_SECONDS = 0.005


class TwoAnswers(HostileServer):
    """Each request gets two responses."""

    expected = Expected(fails=EXTRA_BYTES, also=OWN_RESPONSE)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await super().send(request, response, writer)
        await super().send(request, response, writer)


class TwoAnswersToInvalid(HostileServer):
    """Each invalid request gets two responses."""

    expected = Expected(fails=EXTRA_BYTES)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await super().send(request, response, writer)
        if not response.ok:
            await super().send(request, response, writer)


class AnswersBeforeRequest(HostileServer):
    """A new connection gets a response before its first request, and another one after it."""

    expected = Expected(fails=(*EXTRA_BYTES, *OWN_RESPONSE), also=ANY)

    async def connected(self, reader: Reader, writer: Writer) -> None:
        early = respond(200, {})
        await write(writer, head_of(early) + early.body)
        await super().connected(reader, writer)


class UnrequestedAnswer(HostileServer):
    """A connection that was idle for 30 ms gets a response that was not requested."""

    expected = Expected(fails=EXTRA_BYTES)

    async def connected(self, reader: Reader, writer: Writer) -> None:
        late: asyncio.TimerHandle | None = None
        while (request := await self.read(reader)) is not None:
            if late is not None:
                late.cancel()
            await self.answer(request, writer)
            if self.is_last(request):
                break
            late = asyncio.get_running_loop().call_later(
                LATE_SECONDS, writer.write, head_of(LATE) + LATE.body
            )


class PreviousAnswer(HostileServer):
    """On a kept connection, each request gets the response to the one before it."""

    expected = Expected(fails=OWN_RESPONSE, also=("auth.reused-connection",))

    async def connected(self, reader: Reader, writer: Writer) -> None:
        before: Response | None = None
        while (request := await self.read(reader)) is not None:
            response = await self.respond(request)
            await self.send(request, before or response, writer)
            before = response
            if self.is_last(request):
                break


class OtherVectorsLate(HostileServer):
    """The 30th request on a connection, and all later ones, get other vectors."""

    expected = Expected(
        fails=("http.connection.many-requests",), also=("state.same-text", "meaning.*", "state.*")
    )

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._answered: Counter[Writer] = Counter()

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        self._answered[writer] += 1
        late = response.ok and self._answered[writer] >= 30
        await super().send(request, await REVERSES(request, _returns(response)) if late else response, writer)


class AnswerToOtherConnection(HostileServer):
    """Of two requests that are in flight together, each gets the response to the other: a client without a key too."""

    expected = Expected(fails=CONCURRENT, also=("auth.*",), evidence=ONLY_BESIDE)
    _waiting: tuple[asyncio.Future[Response], Response] | None = None

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if self._waiting is not None and not self._waiting[0].done():
            other, its_response = self._waiting
            other.set_result(response)
            return its_response
        mine = asyncio.get_running_loop().create_future()
        self._waiting = mine, response
        try:
            swapped: Response = await asyncio.wait_for(mine, TOGETHER_SECONDS)
        except TimeoutError:
            return response
        return swapped


class UnreadBody(HostileServer):
    """Requests with another method than POST are answered without reading their bodies, as by http.server."""

    expected = Expected(fails=UNREAD_BODY)

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return await read_body(head, reader) if head and self.reads_body(head) else head

    def reads_body(self, head: Request) -> bool:
        """Whether the body of a request is read."""
        return head.method == "POST"


class UnreadTrailers(UnreadBody):
    """The trailers of a chunked request are read as the next request."""

    expected = Expected(fails=(*UNREAD_BODY, *EXTRA_BYTES))

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return await read_body(head, reader, trailers=False) if head else None


class UnreadBodyWithoutCredential(UnreadBody):
    """Requests without a credential are rejected without reading their bodies."""

    def reads_body(self, head: Request) -> bool:
        return head.header("authorization") is not None


class UnreadBodyOfOtherType(UnreadBody):
    """Requests of another media type than JSON are rejected without reading their bodies."""

    def reads_body(self, head: Request) -> bool:
        return (head.header("content-type") or "").lower().startswith("application/json")


class UnreadBodyAtOtherPath(UnreadBody):
    """Requests to another path are answered with 404 without reading their bodies."""

    def reads_body(self, head: Request) -> bool:
        return head.path.endswith("/v1/embeddings")


def _returns(response: Response) -> Server:
    async def server(_: Request) -> Response:
        return response

    return server
