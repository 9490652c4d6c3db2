"""A run that is interrupted ends with 2, and its reports are whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from conformance.contract import Contract
from conformance.report import document

Alter = Callable[..., Any]
SECONDS = 60.0
COMMAND = "import sys; from conformance.cli import main; sys.exit(main())"


def interrupted(arguments: list[str], target: Any, folder: Path) -> tuple[int, str]:
    """Start python with *arguments*, interrupt it once some requests have arrived; its exit code and output."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    deadline = time.monotonic() + SECONDS
    while len(target.requests) < 12 and process.poll() is None:
        assert time.monotonic() < deadline, "no request came"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    try:
        said, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, said


@pytest.mark.parametrize("door", ["pytest", "command"])
def test_an_interrupted_run_ends_with_2_and_writes_valid_reports(
    door: str,
    alter: Alter,
    header: list[str],
    contract: Contract,
    credentials: Mapping[str, str],
    tmp_path: Path,
) -> None:
    target = alter()
    common = ["rate=10", "json=r.json", *(f"header={line}" for line in header)]
    if door == "pytest":
        names = {"rate": "conformance-rate", "json": "conformance-json", "header": "target-header"}
        options = [f"--{names[word.partition('=')[0]]}={word.partition('=')[2]}" for word in common]
        words = ["-m", "pytest", f"--target-url={target.url}", "--junitxml=j.xml", *options]
    else:
        words = ["-c", COMMAND, "run", target.url, *(f"--{word}" for word in common)]
    code, said = interrupted(words, target, tmp_path)
    assert code == 2, said
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    schema = Path(document.__file__).with_name("report.schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    assert (report["exit_code"], report["interrupted"], report["verdict"]) == (2, True, "partial")
    assert [row["id"] for row in report["requirements"]] == list(contract.catalogue)
    assert "the run was interrupted" in {row["reason"] for row in report["requirements"]}
    assert len(target.requests) < 200, "what was not sent by then was not sent at all"
    assert not any(credentials[name] in said for name in ("Portkey-Key", "Virtual-Key", "Config"))
    if door == "pytest":
        assert ElementTree.parse(tmp_path / "j.xml").getroot().tag == "testsuites"
