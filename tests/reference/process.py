"""``serve`` in a process of its own, as the command runs it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 20
LARGEST = "text-embedding-3-large"
TEXTS = [f"text number {number} about the weather and the waiter" for number in range(2048)]
PROGRAM = (
    "import sys; from conformance.reference import app, inject, serve; sys.exit(serve({app}, port={port}))"
)


@dataclass(frozen=True)
class Served:
    """A server, its port, and where all goes that it prints."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def memory(self, field: str) -> float:
        """A line of the process's memory, in MiB: VmRSS is what it has now, VmHWM the most that it had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def end(self, signal: int) -> tuple[int, float, str]:
        """Send *signal*: the exit code, the seconds until the end, and all that was printed."""
        started = time.monotonic()
        self.process.send_signal(signal)
        code = self.process.wait(20)
        return code, time.monotonic() - started, self.log.read_text()


@contextmanager
def served_process(log: Path, app: str = "app") -> Iterator[Served]:
    """Serve the expression *app* until the context ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM.format(app=app, port=port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_started(process, port)
        yield Served(process, port, log)
    finally:
        process.kill()
        process.wait()


def _wait_until_started(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


def heavy_request(server: Served, headers: dict[str, str], **options: str) -> socket.socket:
    """Send the heavy request; the connection, of which nothing is read yet."""
    body = json.dumps({"model": LARGEST, "input": TEXTS} | options).encode()
    head = {"Host": "test", "Connection": "close", "Content-Length": str(len(body))} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(f"POST /v1/embeddings HTTP/1.1\r\n{lines}\r\n".encode() + body)
    return connection
