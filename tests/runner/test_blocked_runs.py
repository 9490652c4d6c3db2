"""A run whose application keeps control, in the event loop or in a thread, does not keep its process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.contract import Contract
from conformance.reference import create_app, default_credentials
from conformance.runner import background

SECONDS = 60.0
AT = 20
"""The request that blocks."""


class Blocking:
    """The reference server; one request blocks the event loop until ``released``."""

    def __init__(self) -> None:
        self._correct = create_app(Contract.load(profile="openai"))
        self._requests = 0
        self.released = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self._requests += 1
            if self._requests == AT:
                self.released.wait(SECONDS)
        await self._correct(scope, receive, send)


@pytest.fixture
def blocking() -> Iterator[Blocking]:
    """The application, which is released at the end."""
    app = Blocking()
    yield app
    app.released.set()


def test_a_run_ends_when_its_time_is_up_although_the_event_loop_is_blocked(
    blocking: Blocking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "GRACE_SECONDS", 0.1)
    secret = next(iter(default_credentials(Contract.load(profile="openai")).values()))
    headers = {"Authorization": f"Bearer {secret}"}
    report = check(blocking, headers=headers, profile="openai", max_seconds=1.0, concurrency=1)
    assert not blocking.released.is_set()
    document = report.as_dict()
    assert document["exit_code"] == 2
    reasons = {row["reason"] for row in document["requirements"] if row["verdict"] == "not-tested"}
    assert any("out of time" in reason for reason in reasons)


BLOCKING_THREAD = """
import asyncio, threading
from conformance.runner.daemon_threads import DaemonExecutor

async def main():
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    assert await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(200))) == [n * n for n in range(200)]
    try:
        await asyncio.to_thread(int, "a")
    except ValueError:
        print("raised")
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)

loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
"""


def test_a_thread_that_blocks_does_not_keep_the_process(tmp_path: Path) -> None:
    words = [sys.executable, "-c", BLOCKING_THREAD]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (ended.returncode, ended.stdout) == (0, "raised\n"), ended.stderr
