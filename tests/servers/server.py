"""Install and start one real server with the guard, and run the suite against it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conformance.config.file import OWN_FILE
from tests.installing import SetupError, npm_packages, python_packages
from tests.servers.example import Example
from tests.servers.loopback import build, unexpected_attempts
from tests.servers.process import START, free_port, returns_200, running
from tests.servers.upstream import Upstream, mock_upstream, running_upstream

QUIET = {"DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "NODE_ENV": "production", "PYTHONUNBUFFERED": "1"}
"""Variables that disable telemetry and downloads of models."""

INSTALL_SECONDS = 1800.0
"""The largest server has more than a gigabyte of packages."""

RUN_CODES = (0, 1)
"""Exit codes of a run that tested its target."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running server: its base URL, the variables with its credentials, and its upstream."""

    base_url: str
    variables: Mapping[str, str]
    upstream: Upstream


def examine(example: Example, directory: Path, report: Path, *, update: bool) -> Iterator[str]:
    """Run the suite on the server of *example*; yield its unexpected attempts to connect outside loopback.

    Args:
        example: the server.
        directory: the folder for its environment and its logs; absolute.
        report: the JSON file to write; absolute.
        update: whether to write the baseline.

    Raises:
        SetupError: the server could not be installed, started or tested.
    """
    with serving(example, directory) as server:
        _run_suite(example, server, report, update)
    escapes = (directory / "logs" / f"{example.name}.escapes").read_text("utf-8").splitlines()
    yield from unexpected_attempts(escapes, example.attempts)


def install(source: Path, directory: Path) -> Path:
    """Install the pinned packages of *source* in *directory* if missing; return *directory*. Raises SetupError."""
    if (source / "package.json").is_file():
        return npm_packages(source, directory)
    alone = source / "requirements-alone.txt"
    python_packages(source / "requirements.txt", directory / "venv", alone=alone, timeout=INSTALL_SECONDS)
    return directory


@contextmanager
def serving(example: Example, directory: Path) -> Iterator[RunningServer]:
    """Run the server until the end of the block. Raises SetupError."""
    installed = install(example.install, directory / "installed" / example.install.name)
    logs = directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    escapes = logs / f"{example.name}.escapes"
    escapes.write_bytes(b"")
    port = free_port()
    with _upstream(example) as upstream:
        variables = example.variables(upstream.base_url, upstream.token)
        environment = {
            **_environment(directory, escapes),
            **variables,
            "PORT": str(port),
            "INSTALLED": str(installed),
        }
        output = logs / f"{example.name}.log"
        ready = partial(_is_ready, example, port, output)
        script = example.install / START
        with running(script, environment, output, ready=ready, seconds=example.startup_seconds):
            yield RunningServer(f"http://127.0.0.1:{port}/v1", variables, upstream)


def _upstream(example: Example) -> AbstractContextManager[Upstream]:
    if example.upstream == "reference":
        return running_upstream()
    return nullcontext(mock_upstream(free_port()))


def _is_ready(example: Example, port: int, output: Path) -> bool:
    return example.ready_line in output.read_text("utf-8", "replace") and returns_200(port, example.ready)


def _environment(directory: Path, escapes: Path) -> dict[str, str]:
    """The common variables of all servers. Others, such as proxies and NODE_OPTIONS, would change their behavior."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    return {
        **QUIET,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "LD_PRELOAD": str(build(directory)),
        "LOOPBACK_ESCAPES_LOG": str(escapes),
    }


def _run_suite(example: Example, server: RunningServer, report: Path, update: bool) -> None:
    """Run the command in the folder of the configuration, with the base URL as argument."""
    command = [sys.executable, "-m", "conformance", "run", server.base_url, "--json", str(report)]
    if example.upstream == "mock":
        command += ["--upstream", server.upstream.address]
    if update:
        command.append("--update-baseline")
    report.unlink(missing_ok=True)
    environment = {**os.environ, **server.variables}
    done = subprocess.run(command, cwd=example.folder, env=environment, capture_output=True, text=True)
    if done.returncode not in RUN_CODES or not report.is_file():
        raise SetupError(
            f"the suite exited with {done.returncode}",
            f"see its output, and {OWN_FILE} of {example.name}",
            done.stdout + done.stderr,
        )
