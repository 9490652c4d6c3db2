"""One request to an ASGI application as HTTP/1.1, without a socket (ASGI HTTP protocol 2.3)."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from typing import Any
from urllib.parse import unquote

import h11

from conformance.http_client.models import Failure, FailureKind

from .load import ASGIApp, ASGIMessage

logger = logging.getLogger("conformance.http_client")
BUFFER = 256 * 1024
SERVER_ERROR = b"Internal Server Error"
INVALID_REQUEST = b"Invalid HTTP request received."


class RequestCycle:
    """Runs an application for one request, and is a `ByteStream` of its response.

    h11 frames the response as in a real server, so a response that a server cannot write fails here too. An exception
    before the start of the response is a 500, as with uvicorn. A later exception breaks the connection.
    """

    def __init__(self, app: ASGIApp, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=sys.maxsize)
        self._parts: deque[bytes] = deque()
        self._body_read = False
        self._disconnected = asyncio.Event()
        self._method = b""
        self._output = bytearray()
        self._output_changed = asyncio.Event()
        self._output_read = asyncio.Event()
        self._started = False
        self._complete = asyncio.Event()
        self._ended = False
        self._failure = "the application returned before its response was complete"

    def start(self, message: bytes, server: tuple[str, int]) -> asyncio.Task[None]:
        """Start the application on a whole request message; the task ends with the application.

        A message that is not HTTP gets a 400, as from a real server: the application does not see it.
        """
        self._protocol.receive_data(message)
        try:
            head = self._protocol.next_event()
        except h11.RemoteProtocolError:
            return asyncio.create_task(self._reject())
        assert isinstance(head, h11.Request)
        while isinstance(event := self._protocol.next_event(), h11.Data):
            self._parts.append(bytes(event.data))
        self._whole = event is not h11.NEED_DATA
        self._method = head.method
        return asyncio.create_task(self._run(self._scope(head, server)))

    async def read(self) -> bytes:
        """Wait for at least one byte and return all that the application has written; b"" at the end."""
        while not self._output and not self._ended:
            self._output_changed.clear()
            await self._output_changed.wait()
        data = bytes(self._output)
        self._output.clear()
        self._output_read.set()
        return data

    def disconnect(self) -> None:
        """Tell the application that the client has disconnected; its output is discarded."""
        self._disconnected.set()

    def failure(self) -> Failure | None:
        """Return, after the end, why the response is not complete; None if it is."""
        return None if self._complete.is_set() else Failure(FailureKind.DROPPED, self._failure)

    def _scope(self, head: h11.Request, server: tuple[str, int]) -> ASGIMessage:
        path, _, query = head.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": head.http_version.decode("ascii"),
            "method": head.method.decode("ascii"),
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(head.headers),
            "client": ("127.0.0.1", 0),
            "server": server,
            "state": self._state.copy(),
        }

    async def _run(self, scope: ASGIMessage) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # At level DEBUG: probes provoke crashes on purpose, which would fill the terminal.
            logger.debug("exception in the application", exc_info=error)
            self._failure = f"the application raised {type(error).__name__} within its response: {error}"
        finally:
            self._finish()

    async def _reject(self) -> None:
        self._write_error(400, INVALID_REQUEST)
        self._finish()

    def _finish(self) -> None:
        if not self._started:
            self._write_error(500, SERVER_ERROR)
        self._ended = True
        self._output_changed.set()

    def _write_error(self, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        self._write_head({"status": status, "headers": headers})
        self._write_body({"body": body})

    async def _receive(self) -> ASGIMessage:
        if self._body_read or not (self._parts or self._whole):
            ends = [asyncio.create_task(event.wait()) for event in (self._complete, self._disconnected)]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
            return {"type": "http.disconnect"}
        body = self._parts.popleft() if self._parts else b""
        self._body_read = self._whole and not self._parts
        return {"type": "http.request", "body": body, "more_body": not self._body_read}

    async def _send(self, message: ASGIMessage) -> None:
        kind = message["type"]
        if self._complete.is_set():
            raise RuntimeError(f"unexpected {kind!r} after the end of the response")
        expected = "http.response.body" if self._started else "http.response.start"
        if kind != expected:
            raise RuntimeError(f"expected {expected!r}, found {kind!r}")
        if self._started:
            self._write_body(message)
        else:
            self._write_head(message)
        if self._disconnected.is_set():
            self._output.clear()
        while len(self._output) > BUFFER:
            self._output_read.clear()
            await self._output_read.wait()

    def _write_head(self, message: ASGIMessage) -> None:
        self._started = True
        headers = list(message.get("headers", ()))
        self._write(h11.Response(status_code=message["status"], headers=headers))

    def _write_body(self, message: ASGIMessage) -> None:
        if self._method != b"HEAD":
            self._write(h11.Data(data=message.get("body", b"")))
        if not message.get("more_body", False):
            self._write(h11.EndOfMessage())
            self._complete.set()

    def _write(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._output += self._protocol.send(event)
        self._output_changed.set()
