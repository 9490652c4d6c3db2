"""A server in a process of its own: started by its ``start.sh``, waited for, and ended."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.installing import SetupError

START = "start.sh"
END_SECONDS = 10.0


@contextmanager
def running(
    script: Path, environment: Mapping[str, str], output: Path, *, ready: Callable[[], bool], seconds: float
) -> Iterator[None]:
    """Run *script* in its folder, with *environment* and no other variable, for as long as the block lasts.

    Args:
        script: replaces itself by the server (``exec``).
        environment: all the variables that the server sees.
        output: the file for what it prints.
        ready: tells whether the server can be used.
        seconds: how long that may take.

    Raises:
        SetupError: the server did not start.
    """
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["sh", script.name],
            cwd=script.parent,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until(ready, process, output, seconds)
        yield
    finally:
        _end(process)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether a GET of *path* at *port* of loopback is answered with 200."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2.0)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def _wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], output: Path, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    problem = f"the server did not answer within {seconds:g} s"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            problem = f"the server ended with {process.returncode} instead of starting"
            break
        if ready():
            return
        time.sleep(0.1)
    raise SetupError(problem, f"see {output}", output.read_text("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and the processes that it started: all of its session, which is nobody else's."""
    process.terminate()
    try:
        process.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
