"""Run a client or a sample in a process of its own, which knows nothing but what is set here and stays on loopback."""

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
"""That a process may take: the first import of a large package, on a busy machine."""

NO_SUCH_PORT = "127.0.0.1:1"
"""Where curl is led with whatever it should not ask for."""

TELEMETRY = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""litellm downloads a list of prices at its import, unless it is told to take the one that it ships."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended; `escapes` are its attempts to leave loopback, all of which failed."""

    code: int
    stdout: str
    stderr: str
    escapes: Sequence[str] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Bench:
    """Installs what is to run, and runs it.

    `directory` holds all that is installed and written, `vocabulary` is tiktoken's cache. `reroute` leads hosts to
    servers on loopback (``{"host:port": "127.0.0.1:port"}``), `authority` is the certificate that is trusted.
    """

    directory: Path
    vocabulary: Path
    authority: Path
    reroute: Mapping[str, str] = field(default_factory=dict)

    def run_client(self, client: Client, case: Mapping[str, object]) -> Ended:
        """Run the program of *client* with *case*. Raises SetupError where it cannot be installed."""
        file = PROGRAMS / client.program
        if client.environment == NODE:
            command = self._node(client.program, file.read_text("utf-8"))
        else:
            command = self._python(client.environment, file)
        return self._run([*command, json.dumps(case)])

    def run_sample(self, sample: Sample, environment: Mapping[str, str]) -> Ended:
        """Run *sample* as it is, with *environment* for what it reads there. Raises SetupError."""
        if sample.language == "javascript":
            return self._run(self._node("sample.mjs", sample.source), environment)
        file = self.directory / f"sample.{sample.language}"
        file.write_text(sample.source, "utf-8")
        if sample.language == "python":
            return self._run([*self._python(SDKS, INTERACTIVE), str(file)], environment)
        program("curl", "install curl")
        return self._run(["sh", str(file)], environment)

    def _python(self, environment: str, file: Path) -> list[str]:
        requirements = REQUIREMENTS / f"{environment}.txt"
        return [str(python_packages(requirements, self.directory / environment)), str(file)]

    def _node(self, name: str, source: str) -> list[str]:
        """The source goes beside `node_modules`: that is where its imports are looked for."""
        file = npm_packages(HERE, self.directory / NODE) / name
        file.write_text(source, "utf-8")
        node = program("node", "install Node.js 20 or later")
        return [node, "--require", str(PRELOAD), str(file)]

    def _run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Ended:
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
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ended(-1, "", f"no end after {SECONDS:g} s", escapes.read_text("utf-8").splitlines())
        spent = time.monotonic() - begun
        return Ended(
            done.returncode, done.stdout, done.stderr, escapes.read_text("utf-8").splitlines(), spent
        )

    def _environment(self, escapes: Path) -> dict[str, str]:
        """All that a process gets: neither proxies nor credentials nor settings of whoever runs this."""
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
        led = [f'connect-to = "{host}:{target}"' for host, target in self.reroute.items()]
        return [*led, f'connect-to = "::{NO_SUCH_PORT}"', f'cacert = "{self.authority}"', ""]
