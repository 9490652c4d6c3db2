"""``serve`` in a separate process, as the command runs it."""

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

from conformance.reference import free_port

START_SECONDS = 180
LARGEST = "text-embedding-3-large"
TEXTS = [f"text number {number} about the weather and the waiter" for number in range(2048)]
PROGRAM = (
    "import sys; from conformance.reference import app, inject, serve; sys.exit(serve({app}, port={port}))"
)


@dataclass(frozen=True)
class ServerProcess:
    """A server, its port, and the file with its output."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def memory(self, field: str) -> float:
        """The memory of the process in MiB: now (VmRSS), or its peak (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"{field}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def stop(self, signal: int) -> tuple[int, float, str]:
        """Send *signal*; gives the exit code, the seconds until the exit, and the output."""
        started = time.monotonic()
        self.process.send_signal(signal)
        code = self.process.wait(60)
        return code, time.monotonic() - started, self.log.read_text()


@contextmanager
def served_process(log: Path, app: str = "app") -> Iterator[ServerProcess]:
    """Serve the expression *app* until the context ends."""
    port = free_port("127.0.0.1", 0)
    command = [sys.executable, "-c", PROGRAM.format(app=app, port=port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_started(process, port)
        yield ServerProcess(process, port, log)
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


def heavy_request(server: ServerProcess, headers: dict[str, str], **options: str) -> socket.socket:
    """Send the largest request; gives the connection, before anything is read."""
    body = json.dumps({"model": LARGEST, "input": TEXTS} | options).encode()
    head = {"Host": "test", "Connection": "close", "Content-Length": str(len(body))} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(f"POST /v1/embeddings HTTP/1.1\r\n{lines}\r\n".encode() + body)
    return connection
