"""Run the steps of a page in a temporary folder and in bash, one after the other."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from tests.docs.output import FOLDER
from tests.docs.pages import ROOT, Command, Example, Shown, Step

LIMIT = 120
START_SECONDS = 60
WIDTH = "110"
REMOVED_VARIABLES = ("PYTEST_", "COV_", "CI", "GITHUB_", "GITLAB_", "TOX_", "NO_COLOR", "FORCE_COLOR")

PROGRESS = re.compile(r"^[1-9]\d+ s: .*\n", re.MULTILINE)
"""What a run of more than 10 seconds prints until its end. Pages do not show it: it depends on the machine."""

CLONE = "embeddings-conformance"
"""The folder of the clone, beside that of the commands."""

PORT_OPTION = re.compile(r"--(?:proxy-)?port[ =](\d+)")
"""A port that a command in the background listens on."""

SCRIPT = """\
[ ! -f {state} ] || source {state}
trap 'code=$?; export -p >{state}; exit $code' EXIT
(exit {code})
{command}
"""


class Session:
    """A terminal: a folder, exported variables, servers, and the last exit code."""

    def __init__(self, folder: Path, stack: ExitStack, variables: Mapping[str, str]) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (folder / CLONE).symlink_to(ROOT, target_is_directory=True)
        self._state, self._stack = folder / "state", stack
        self._variables = variables
        self._ports: dict[str, str] = {}
        self._code = 0

    @property
    def code(self) -> int:
        """The exit code of the last command."""
        return self._code

    def run(self, step: Step) -> str:
        """Run *step*; return its output."""
        match step:
            case Shown(name, content):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_text(self._real(content), "utf-8")
            case Example(_, text):
                return self._doctest(text)
            case Command(_, text, _):
                return self._execute(text)
        return ""

    def _execute(self, text: str) -> str:
        if text.endswith(" &"):
            return self._background(text.removesuffix(" &"))
        process = self._bash(self._real(text), subprocess.PIPE, own_group=True)
        try:
            printed, _ = process.communicate(timeout=LIMIT)
        except BaseException:  # a timeout or Ctrl-C; the group includes what the command started
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        self._code = process.returncode
        return self._shown(PROGRESS.sub("", printed))

    def _background(self, text: str) -> str:
        """Start a server of the page in the background; return its output once it listens."""
        shown = PORT_OPTION.findall(text)
        self._ports |= {port: str(free_port()) for port in shown}
        output = self.folder.parent / f"printed-{shown[0]}"
        with output.open("w") as file:
            server = self._bash(f"exec {self._real(text)}", file)
        self._stack.callback(_stop, server)
        deadline = time.monotonic() + START_SECONDS
        while not (listens(int(self._ports[shown[0]])) and "Uvicorn running" in output.read_text()):
            assert server.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        return self._shown(output.read_text())

    def _doctest(self, text: str) -> str:
        """Run a Python example with doctest; return its output, which is empty if the example is correct."""
        (self.folder.parent / "example.txt").write_text(self._real(text), "utf-8")
        doctest = self._bash("python -m doctest -o ELLIPSIS ../example.txt", subprocess.PIPE)
        return doctest.communicate(timeout=LIMIT)[0]

    def _bash(self, command: str, output: IO[str] | int, *, own_group: bool = False) -> subprocess.Popen[str]:
        script = SCRIPT.format(state=self._state, code=self._code, command=command)
        return subprocess.Popen(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=own_group,
        )

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(REMOVED_VARIABLES)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return kept | {"PATH": path, "COLUMNS": WIDTH, "PYTHONUNBUFFERED": "1", **self._variables}

    def _real(self, text: str) -> str:
        """*text* with the ports and the folder of this run instead of those in the page."""
        for shown, real in self._ports.items():
            text = re.sub(rf"(?<=127\.0\.0\.1:){shown}\b|(?<=port[ =]){shown}\b", real, text)
        return text.replace(FOLDER, str(self.folder))

    def _shown(self, text: str) -> str:
        """*text* with the ports and the folder in the page instead of those of this run."""
        for shown, real in self._ports.items():
            text = re.sub(rf"\b{real}\b", shown, text)
        return text.replace(str(self.folder), FOLDER)


@contextmanager
def session(folder: Path, **variables: str) -> Iterator[Session]:
    """A terminal in *folder*, with more environment variables; its servers stop at the end of the block."""
    with ExitStack() as stack:
        yield Session(folder, stack, variables)


def _stop(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(LIMIT)


def free_port() -> int:
    """A free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether a server listens at *port*."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
