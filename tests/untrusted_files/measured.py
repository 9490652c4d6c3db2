"""Run the command in this process, and write its peak memory to a file.

Usage: measured.py FILE WORD...
"""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.cli.main import main

STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """The largest resident size of this process, in MiB; 0 if the system does not tell.

    ``getrusage`` would include the process before it ran this program.
    """
    lines = STATUS.read_text("ascii").splitlines() if STATUS.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    code = main(sys.argv[2:])
    sys.stdout.flush()
    Path(sys.argv[1]).write_text(str(peak_memory()), "ascii")
    sys.exit(code)
