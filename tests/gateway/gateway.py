"""Install and run the real open-source Portkey gateway, on loopback and with nothing beyond it in reach."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
START_SCRIPT = "node_modules/@portkey-ai/gateway/build/start-server.js"
# The gateway answers before it says this, but only then are its handlers for stray errors in place.
READY_LINE = "Ready for connections"


class GatewayError(Exception):
    """The gateway cannot be installed or started: nothing was learnt about how it behaves.

    Attributes:
        problem: what was expected and what came instead.
        mend: what to do about it.
        output: the last lines that npm or the gateway printed, perhaps none.
    """

    def __init__(self, problem: str, mend: str, output: str = "") -> None:
        self.problem, self.mend = problem, mend
        self.output = "\n".join(output.splitlines()[-20:])
        super().__init__(f"{problem}; {mend}\n{self.output}".rstrip())


@dataclass(frozen=True, slots=True)
class Redirected:
    """A call meant for `host` (with its port, if named) that went to the upstream; `path` has no query."""

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway.

    Attributes:
        base_url: what a client is configured with; `/embeddings` goes behind it.
        logs: the directory of `output.log`, `redirected.jsonl` and `escapes.log`.
    """

    base_url: str
    logs: Path

    def escapes(self) -> list[str]:
        """Every attempt to leave loopback by a way that could not be redirected; all of them failed."""
        return (self.logs / "escapes.log").read_text(encoding="utf-8").splitlines()

    def redirected(self) -> list[Redirected]:
        """Every HTTP call that was sent to the upstream in place of its own host, in order."""
        lines = (self.logs / "redirected.jsonl").read_text(encoding="utf-8").splitlines()
        return [Redirected(**json.loads(line)) for line in lines]

    def output(self) -> str:
        """What the gateway printed so far."""
        return (self.logs / "output.log").read_text(encoding="utf-8", errors="replace")


def install(directory: Path, *, timeout: float = 300.0) -> Path:
    """Install the pinned gateway, unless this very lock is installed there already; returns the directory.

    Args:
        directory: where `node_modules` shall be; created if absent.
        timeout: seconds that npm may take.

    Raises:
        GatewayError: npm is absent, failed or took too long.
    """
    mark = directory / ".installed"
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in PACKAGE_FILES)).hexdigest()
    if mark.is_file() and mark.read_text(encoding="ascii") == digest:
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    for name in PACKAGE_FILES:
        shutil.copyfile(HERE / name, directory / name)
    _npm_ci(directory, timeout)
    mark.write_text(digest, encoding="ascii")
    return directory


@contextmanager
def running_gateway(
    install_dir: Path, upstream: str, *, logs: Path, startup_timeout: float = 30.0
) -> Iterator[Gateway]:
    """Run the gateway for as long as the block lasts.

    Args:
        install_dir: what `install` returned.
        upstream: `127.0.0.1:PORT` of the server that plays every provider, over plain HTTP.
        logs: a directory for the logs of this one run; created if absent, its logs overwritten.
        startup_timeout: seconds until it has to answer.

    Raises:
        GatewayError: node is absent, or the gateway did not start.
    """
    logs.mkdir(parents=True, exist_ok=True)
    for name in ("escapes.log", "redirected.jsonl"):
        (logs / name).write_bytes(b"")
    port = _free_port()
    gateway = Gateway(f"http://127.0.0.1:{port}/v1", logs)
    process = _start(install_dir, port, upstream, logs)
    try:
        _wait_until_ready(process, port, gateway, startup_timeout)
        yield gateway
    finally:
        _end(process)


def _npm_ci(directory: Path, timeout: float) -> None:
    command = [_program("npm"), "ci", "--no-progress"]
    try:
        subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=timeout, check=True)
    except subprocess.TimeoutExpired as error:
        raise GatewayError(f"npm ci did not end in {timeout:g} s", "is its registry reachable?") from error
    except subprocess.CalledProcessError as error:
        printed = f"{error.stdout}{error.stderr}"
        raise GatewayError(f"npm ci ended with {error.returncode}", f"see {directory}", printed) from error


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise GatewayError(f"{name} is not on PATH", "install Node.js 20 or later, which brings node and npm")
    return found


def _start(install_dir: Path, port: int, upstream: str, logs: Path) -> subprocess.Popen[bytes]:
    preload = ("--require", str(HERE / "preload.cjs"))
    # Nothing else is handed on: NODE_OPTIONS, proxies, cloud credentials, trusted hosts change what it does.
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "NODE_ENV": "production",
        "GATEWAY_UPSTREAM": upstream,
        "GATEWAY_REDIRECTED_LOG": str((logs / "redirected.jsonl").absolute()),
        "GATEWAY_ESCAPES_LOG": str((logs / "escapes.log").absolute()),
    }
    with (logs / "output.log").open("wb") as output:
        return subprocess.Popen(
            [_program("node"), *preload, START_SCRIPT, f"--port={port}", "--headless"],
            cwd=install_dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, gateway: Gateway, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    problem = f"the gateway did not answer within {timeout:g} s"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            problem = f"the gateway ended with {process.returncode} instead of starting"
            break
        if READY_LINE in gateway.output() and _answers(port):
            return
        time.sleep(0.05)
    raise GatewayError(problem, f"see {gateway.logs}", gateway.output())


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2.0)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=5.0)
