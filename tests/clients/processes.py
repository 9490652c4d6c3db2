"""Run a client or a sample in its own process, with a fixed environment, limited to loopback."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.catalogue import HERE, NODE, PROGRAMS, REQUIREMENTS, Client
from tests.clients.samples import Sample
from tests.installing import npm_packages, program, python_packages

LOOPBACK = HERE.parent / "loopback"
PRELOAD = HERE / "preload.cjs"
INTERACTIVE = PROGRAMS / "interactive.py"
SDKS = "sdks"
SECONDS = 120.0
"""The maximum time of a process: the first import of a large package takes long on a busy machine."""

SECONDS_FOR_ALL_CASES = 900.0
"""The maximum time of a process with many cases: some clients wait for a minute before they give up."""

FOR_EACH_CASE = {"python": "for_each_case.py", "javascript": "for_each_case.mjs"}

NO_SUCH_PORT = "127.0.0.1:1"
"""The target of all other requests of curl; nothing listens there."""

TELEMETRY = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""litellm downloads a list of prices when imported, unless this variable selects its own list."""


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """The result of a process. `escapes` are its attempts to connect outside loopback; all of them failed."""

    code: int
    stdout: str
    stderr: str
    escapes: Sequence[str] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class ClientRunner:
    """Installs and runs clients and samples.

    `directory` has all installed packages and written files, `vocabulary` is tiktoken's cache. `reroute` redirects
    hosts to servers on loopback (``{"host:port": "127.0.0.1:port"}``), `authority` is the trusted certificate.
    """

    directory: Path
    vocabulary: Path
    authority: Path
    reroute: Mapping[str, str] = field(default_factory=dict)

    def run_client(self, client: Client, case: Mapping[str, object]) -> ProcessResult:
        """Run the program of *client* with *case*. Raises SetupError if it cannot be installed."""
        file = PROGRAMS / client.program
        if client.environment == NODE:
            command = self._node(client.program, file.read_text("utf-8"))
        else:
            command = self._python(client.environment, file)
        return self._run([*command, json.dumps(case)])

    def run_cases(self, client: Client, cases: Sequence[Mapping[str, object]]) -> ProcessResult:
        """Run the program of *client* once for each of *cases*, in one process. Raises SetupError.

        It prints a list: for each case ``{"embeddings": ...}`` as its caller got them, or ``{"error": ...}``.
        """
        file = PROGRAMS / client.program
        if client.environment == NODE:
            self._node(client.program, file.read_text("utf-8"))
            each = PROGRAMS / FOR_EACH_CASE["javascript"]
            command = self._node(each.name, each.read_text("utf-8"))
            file = self.directory / NODE / client.program
        else:
            command = self._python(client.environment, PROGRAMS / FOR_EACH_CASE["python"])
        return self._run([*command, str(file), *map(json.dumps, cases)], seconds=SECONDS_FOR_ALL_CASES)

    def run_sample(self, sample: Sample, environment: Mapping[str, str]) -> ProcessResult:
        """Run *sample* unchanged, with additional variables in *environment*. Raises SetupError."""
        if sample.language == "javascript":
            return self._run(self._node("sample.mjs", sample.source), environment)
        file = self.directory / f"sample.{sample.language}"
        file.write_text(sample.source, "utf-8")
        if sample.language == "python":
            return self._run([*self._python(SDKS, INTERACTIVE), str(file)], environment)
        program("curl", "install curl")
        return self._run(["sh", str(file)], environment)

    def run_command(self, words: Sequence[str], environment: str = "") -> ProcessResult:
        """Run a command. Words that name a file of programs/ become its path.

        A Python program runs in *environment*. Raises SetupError if that or the command cannot be installed.
        """
        first, *rest = [str(PROGRAMS / word) if (PROGRAMS / word).is_file() else word for word in words]
        if environment:
            return self._run([*self._python(environment, Path(first)), *rest])
        return self._run([program(first, f"install {first}"), *rest])

    def _python(self, environment: str, file: Path) -> list[str]:
        requirements = REQUIREMENTS / f"{environment}.txt"
        return [str(python_packages(requirements, self.directory / environment)), str(file)]

    def _node(self, name: str, source: str) -> list[str]:
        """The command for *source*, written next to `node_modules`, where Node looks for its imports."""
        file = npm_packages(HERE, self.directory / NODE) / name
        file.write_text(source, "utf-8")
        node = program("node", "install Node.js 20 or later")
        return [node, "--require", str(PRELOAD), str(file)]

    def _run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> ProcessResult:
        escapes = self.directory / "escapes.log"
        escapes.write_bytes(b"")
        begun = time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=self.directory,
                env=self._environment(escapes) | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ProcessResult(
                -1, "", f"still running after {seconds:g} s", escapes.read_text("utf-8").splitlines()
            )
        spent = time.monotonic() - begun
        return ProcessResult(
            done.returncode, done.stdout, done.stderr, escapes.read_text("utf-8").splitlines(), spent
        )

    def _environment(self, escapes: Path) -> dict[str, str]:
        """The whole environment of a process, without proxies, credentials or settings of the user."""
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        (home / ".curlrc").write_text("\n".join(self._curl_settings()), "utf-8")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "CURL_HOME": str(home),
            "PYTHONPATH": str(LOOPBACK),
            "PYTHONIOENCODING": "utf-8",
            "TIKTOKEN_CACHE_DIR": str(self.vocabulary),
            "SSL_CERT_FILE": str(self.authority),
            "NODE_EXTRA_CA_CERTS": str(self.authority),
            "LOOPBACK_ESCAPES_LOG": str(escapes),
            "LOOPBACK_REROUTE": json.dumps(self.reroute),
            **TELEMETRY,
        }

    def _curl_settings(self) -> list[str]:
        redirects = [f'connect-to = "{host}:{target}"' for host, target in self.reroute.items()]
        return [*redirects, f'connect-to = "::{NO_SUCH_PORT}"', f'cacert = "{self.authority}"', ""]
