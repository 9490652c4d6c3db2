"""What a chore tests but the project does not depend on: pinned packages, each set in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
LAST_LINES = 20


class SetupError(Exception):
    """Something cannot be installed or started: nothing was learnt about how it behaves.

    Attributes:
        problem: what was expected and what came instead.
        fix: what to do about it.
        output: the last lines that were printed, perhaps none.
    """

    def __init__(self, problem: str, fix: str, output: str = "") -> None:
        self.problem, self.fix = problem, fix
        self.output = "\n".join(output.splitlines()[-LAST_LINES:])
        super().__init__(f"{problem}; {fix}\n{self.output}".rstrip())


def npm_packages(source: Path, directory: Path, *, timeout: float = 300.0) -> Path:
    """Install what the package files in *source* pin, unless it is there already; returns *directory*.

    *directory* is created if absent; `node_modules` will be in it. npm may take *timeout* seconds. Raises
    SetupError when npm is absent, fails or takes too long.
    """
    digest = _digest((source / name).read_bytes() for name in NPM_FILES)
    if _is_there(directory, digest):
        return directory
    npm = program("npm", "install Node.js 20 or later, which brings node and npm")
    directory.mkdir(parents=True, exist_ok=True)
    for name in NPM_FILES:
        shutil.copyfile(source / name, directory / name)
    _run([npm, "ci", "--no-progress"], directory, timeout, os.environ)
    _mark(directory, digest)
    return directory


def python_packages(
    requirements: Path, directory: Path, *, alone: Path | None = None, timeout: float = 600.0
) -> Path:
    """Install what *requirements* pins into a virtual environment in *directory*; returns its interpreter.

    What *alone* pins is installed without what it asks for itself, where that file exists. The environment is made
    with the Python that runs this, and is left as it is where these very files were installed by it before. pip may
    take *timeout* seconds for each. Raises SetupError when pip fails or takes too long.
    """
    interpreter = directory / "bin" / "python"
    files: dict[Path, list[str]] = {requirements: []} | (
        {alone: ["--no-deps"]} if alone and alone.is_file() else {}
    )
    pinned = [file.read_bytes() for file in files]
    digest = _digest([*pinned, sys.version.encode(), sys.base_prefix.encode()])
    if _is_there(directory, digest):
        return interpreter
    venv.create(directory, clear=True, with_pip=True)
    # The constraints are of the project's own environments.
    environment = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    for file, options in files.items():
        command = [str(interpreter), "-m", "pip", "install", "--quiet", *options, "--requirement", str(file)]
        _run(command, directory, timeout, environment)
    _mark(directory, digest)
    return interpreter


def program(name: str, fix: str) -> str:
    """The path of the program *name*. Raises SetupError, with *fix*, where PATH has none."""
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"{name} is not on PATH", fix)
    return found


def _run(command: Sequence[str], directory: Path, timeout: float, environment: Mapping[str, str]) -> None:
    try:
        subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"{_short(command)} did not end in {timeout:g} s"
        raise SetupError(problem, "is its package index reachable?") from error
    except subprocess.CalledProcessError as error:
        printed = f"{error.stdout}{error.stderr}"
        problem = f"{_short(command)} ended with {error.returncode}"
        raise SetupError(problem, f"see {directory}", printed) from error


def _short(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _is_there(directory: Path, digest: str) -> bool:
    mark = directory / ".installed"
    return mark.is_file() and mark.read_text("ascii") == digest


def _mark(directory: Path, digest: str) -> None:
    (directory / ".installed").write_text(digest, "ascii")
