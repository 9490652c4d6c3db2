"""Signals while reports are written: the first one is ignored, the second one acts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.runner.signals import first_signal_ignored, sigterm_as_interrupt

SECONDS = 60.0


def test_sigterm_interrupts_and_its_handler_is_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), sigterm_as_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_ignored_and_the_second_interrupts(
    first: signal.Signals,
) -> None:
    before = [signal.getsignal(sort) for sort in (signal.SIGINT, signal.SIGTERM)]
    with first_signal_ignored():
        signal.raise_signal(first)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(sort) for sort in (signal.SIGINT, signal.SIGTERM)] == before


def waiting_for_a_reader(folder: Path) -> subprocess.Popen[str]:
    """A process that writes a report to a pipe without a reader, and waits."""
    os.mkfifo(folder / "pipe")
    program = """
from pathlib import Path
from conformance.runner.signals import first_signal_ignored
from conformance.runner.atomic_write import write_text
try:
    with first_signal_ignored():
        print("writing", flush=True)
        write_text(Path("pipe"), "text")
except KeyboardInterrupt:
    print("ended", flush=True)
"""
    words = [sys.executable, "-c", program]
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_the_second_signal_ends_a_report_to_a_pipe_without_a_reader(
    second: signal.Signals, code: int, tmp_path: Path
) -> None:
    with waiting_for_a_reader(tmp_path) as process:
        try:
            for sort in (signal.SIGINT, second):
                time.sleep(1)
                assert process.poll() is None
                process.send_signal(sort)
            output, _ = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, output) == (code, "ended\n" if code == 0 else "")
