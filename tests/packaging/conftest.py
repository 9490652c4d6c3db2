"""The installation under test, as its users run it: its commands, in processes of their own."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "EMBEDDINGS_CONFORMANCE_ENVIRONMENT"
"""Names the virtual environment whose installation is tested; ``wheel.py`` sets it. Else it is that of these tests."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0

Completed = subprocess.CompletedProcess[str]
Run = Callable[..., Completed]


@pytest.fixture(scope="session")
def scripts() -> Path:
    """The folder that holds the installation's commands."""
    chosen = os.environ.get(ENVIRONMENT)
    return Path(chosen) / "bin" if chosen else Path(sys.executable).parent


@pytest.fixture(scope="session")
def run(scripts: Path) -> Run:
    """Run one of the installation's commands to its end, in a folder, with extra variables of the environment."""

    def run_one(*words: str, cwd: Path = ROOT, timeout: float = 180, **variables: str) -> Completed:
        return subprocess.run(
            [str(scripts / words[0]), *words[1:]],
            cwd=cwd,
            env=_plain_environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run_one


@pytest.fixture(scope="session")
def printed_command(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The words of the command that ``serve`` prints, while it serves."""
    folder = tmp_path_factory.mktemp("served")
    port = _free_port()
    output = folder / "output"
    with output.open("w") as log:
        server = subprocess.Popen(
            [str(scripts / "embeddings-conformance"), "serve", "--port", str(port)],
            cwd=folder,
            env=_plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port, output)
        yield _command_in(output.read_text())
    finally:
        server.terminate()
        server.wait(STOP_SECONDS)


def _plain_environment() -> dict[str, str]:
    """What these tests' own pytest left in the environment must not reach that of the installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(server: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"expected a server on port {port}, found:\n{output.read_text()}")


def _command_in(text: str) -> list[str]:
    """The one command in what ``serve`` prints: indented, and continued with backslashes."""
    begin = text.index("  pytest ")
    return shlex.split(text[begin : text.index("\n\n", begin)].replace("\\\n", " "))
