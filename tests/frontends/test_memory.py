"""The command returns the memory of large blocks to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
from conformance.cli.memory import return_large_blocks

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

if {is_called}:
    return_large_blocks()
del (first := [bytearray(2**20)])[:]  # after this, glibc takes such blocks from its heap
large, small = [], []
for _ in range(64):
    large.append(bytearray(b"x") * 2**20)
    small.append(bytearray(b"x") * 100_000)
before = resident()
del large
print((before - resident()) // 2**20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps large blocks")
def test_freed_blocks_are_returned() -> None:
    returned = [
        int(subprocess.check_output([sys.executable, "-c", PROGRAM.format(is_called=is_called)]))
        for is_called in (False, True)
    ]
    assert returned[0] < 16
    assert returned[1] > 56
