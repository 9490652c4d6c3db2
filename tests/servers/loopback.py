"""The guard that limits a server to loopback, and the attempts that it recorded."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.installing import SetupError, program

SOURCE = Path(__file__).parents[1] / "loopback" / "guard.c"


def build(directory: Path) -> Path:
    """Compile the guard into *directory*; return the library for LD_PRELOAD. Raises SetupError."""
    library = directory / "loopback.so"
    directory.mkdir(parents=True, exist_ok=True)
    compiler = program(
        "cc", "install a C compiler (Debian: gcc); the guard that limits servers to loopback is written in C"
    )
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{SOURCE.name} does not compile", "see the compiler's message", done.stderr)
    return library


def unexpected_attempts(lines: list[str], known: Mapping[str, str]) -> Iterator[str]:
    """Yield each attempt in the guard's *lines* once, except those with a *known* reason."""
    for line in dict.fromkeys(lines):
        if line not in known:
            yield f"it tried to connect outside loopback (blocked): {line}"
