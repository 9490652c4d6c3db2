"""The command and the pytest plugin return the memory of large blocks to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

import conformance.cli.commands.run
import conformance.pytest_plugin.session

from .conftest import FrontEnd

pytest_plugins = ["pytester"]

PROGRAM = """
from conformance.runner.memory import return_large_blocks

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


def test_each_run_does_it(front_end: FrontEnd, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    for module in (conformance.cli.commands.run, conformance.pytest_plugin.session):
        monkeypatch.setattr(module, "return_large_blocks", lambda: calls.append("called"))
    assert front_end(url, only=["http.method.get"]).code == 0
    assert calls == ["called"]
