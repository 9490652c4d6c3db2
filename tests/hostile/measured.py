"""Run a command within a limit of time: ``python measured.py SECONDS MEGABYTES RESULT COMMAND``; RESULT is a file.

A process of its own, because the kernel counts the memory of a process that starts another one for the latter too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

PAUSE = 0.05
PER_MEGABYTE = 2**10 if sys.platform == "linux" else 2**20
"""Units of ``ru_maxrss``: kilobytes on Linux, bytes on macOS."""


def resident_megabytes(pid: int) -> int:
    """The memory of a process now; 0 where the system has no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def run(seconds: float, megabytes: int, command: list[str]) -> dict[str, float]:
    """Run *command*; kill it at either limit. The result has its exit code, time and peak memory."""
    begin = time.monotonic()
    process = os.posix_spawn(command[0], command, os.environ)
    while True:
        pid, status, usage = os.wait4(process, os.WNOHANG)
        took = time.monotonic() - begin
        if pid:
            peak = usage.ru_maxrss // PER_MEGABYTE
            return {"code": os.waitstatus_to_exitcode(status), "seconds": took, "megabytes": peak}
        if took > seconds or resident_megabytes(process) > megabytes:
            os.kill(process, signal.SIGKILL)
        time.sleep(PAUSE)


if __name__ == "__main__":
    result = run(float(sys.argv[1]), int(sys.argv[2]), sys.argv[4:])
    Path(sys.argv[3]).write_text(json.dumps(result))
