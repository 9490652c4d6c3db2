"""Run a server in its own process, with its ``start.sh``."""

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
STOP_SECONDS = 10.0


@contextmanager
def running(
    script: Path, environment: Mapping[str, str], output: Path, *, ready: Callable[[], bool], seconds: float
) -> Iterator[None]:
    """Run *script* in its folder, with the variables in *environment* only, until the end of the block.

    Args:
        script: a shell script that ends with ``exec`` of the server.
        environment: all variables of the server.
        output: the file for its output.
        ready: whether the server is ready.
        seconds: the maximum time until it is ready.

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
        _stop(process)


def free_port() -> int:
    """A free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def returns_200(port: int, path: str) -> bool:
    """Whether a GET of *path* at *port* of loopback returns 200."""
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
    problem = f"the server was not ready within {seconds:g} s"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            problem = f"the server exited with {process.returncode} instead of starting"
            break
        if ready():
            return
        time.sleep(0.1)
    raise SetupError(problem, f"see {output}", output.read_text("utf-8", "replace"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server and all processes that it started, which are in its own session."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
