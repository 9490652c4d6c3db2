"""An application in this process that never gives back control: an interrupted run ends nevertheless."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.reference import default_credentials

PROFILE = "openai"
SECONDS = 60.0
TO_STOP = 20.0
"""A run ends within 5 s; a busy machine needs longer."""

SPINNING = f"""
from pathlib import Path
from conformance.contract import Contract
from conformance.reference import create_app
correct, requests = create_app(Contract.load(profile="{PROFILE}")), []
async def app(scope, receive, send):
    if scope["type"] == "http":
        requests.append(scope)
        while len(requests) > 50:
            Path("spinning").touch()
    await correct(scope, receive, send)
"""


@pytest.mark.slow
@pytest.mark.parametrize("front_end", ["command", "pytest"])
def test_an_interrupted_run_of_a_spinning_application_ends(front_end: str, tmp_path: Path) -> None:
    (tmp_path / "spinning_app.py").write_text(SPINNING, "utf-8")
    secret = next(iter(default_credentials(Contract.load(profile=PROFILE)).values()))
    target = {"app": "spinning_app:app", "header": f"Authorization: Bearer {secret}"}
    suite = {"profile": PROFILE, "json": "r.json"}
    prefixes = ("--", "--") if front_end == "command" else ("--target-", "--conformance-")
    words = ["conformance", "run"] if front_end == "command" else ["pytest", "-q", "-p", "no:cacheprovider"]
    words += [f"{prefixes[0]}{key}={value}" for key, value in target.items()]
    words += [f"{prefixes[1]}{key}={value}" for key, value in suite.items()]
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while not (tmp_path / "spinning").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TO_STOP) == 2
    finally:
        process.kill()
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["exit_code"] == 2
