"""The guard that keeps a server on loopback, and what it saw."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.installing import SetupError, program

SOURCE = Path(__file__).parents[1] / "loopback" / "guard.c"


def build(directory: Path) -> Path:
    """Compile the guard into *directory*; the library for LD_PRELOAD. Raises SetupError."""
    library = directory / "loopback.so"
    directory.mkdir(parents=True, exist_ok=True)
    compiler = program(
        "cc", "install a C compiler (Debian: gcc): the guard that keeps servers on loopback is in C"
    )
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{SOURCE.name} does not compile", "see the compiler's message", done.stderr)
    return library


def unexpected_attempts(lines: list[str], known: Mapping[str, str]) -> Iterator[str]:
    """Attempts to leave loopback, each once, of the guard's *lines*, but for those with a *known* reason."""
    for line in dict.fromkeys(lines):
        if line not in known:
            yield f"it tried to leave loopback, in vain: {line}"
