"""A server on loopback that keeps the head of each request as it arrived, byte for byte."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

END = b"\r\n\r\n"
RESPONSE = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],
    "model": "m",
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}


class Wire(socketserver.ThreadingTCPServer):
    """A server whose response to each request is the same. It ignores ``Upgrade``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._heads: list[bytes] = []

    @property
    def address(self) -> str:
        """HOST:PORT."""
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def add(self, head: bytes) -> None:
        """Keep the *head* of a request."""
        self._heads.append(head)

    def take(self) -> list[bytes]:
        """Return the heads since the last `take`, each without the empty line at its end."""
        taken, self._heads = self._heads, []
        return taken


@contextmanager
def recording() -> Iterator[Wire]:
    """Run a server until the end of the block."""
    with Wire() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class _Handler(socketserver.StreamRequestHandler):
    server: Wire

    def handle(self) -> None:
        head = b""
        while not head.endswith(END):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        self.server.add(head.removesuffix(END))
        if re.search(rb"(?mi)^expect:", head):
            self.wfile.write(b"HTTP/1.1 100 Continue" + END)
        self._read_body(head)
        body = json.dumps(RESPONSE).encode()
        fields = b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d" % len(body)
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + fields + END + body)

    def _read_body(self, head: bytes) -> None:
        length = re.search(rb"(?mi)^content-length: *(\d+)", head)
        if length:
            self.rfile.read(int(length[1]))
            return
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + len(b"\r\n"))
        self.rfile.readline()
