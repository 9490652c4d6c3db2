"""An interrupted run ends with exit code 2, and its reports are complete."""

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
from conformance.report.model import document

Alter = Callable[..., Any]
SECONDS = 300.0
REPORTS = {"json": "r.json", "html": "r.html", "markdown": "r.md", "badge": "b.json", "junitxml": "j.xml"}


def interrupted(
    words: list[str], target: Any, folder: Path, by: signal.Signals = signal.SIGINT
) -> tuple[int, str]:
    """Run Python with *words*, send the signal after some requests; gives the exit code and the output."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    deadline = time.monotonic() + SECONDS
    while len(target.requests) < 12 and process.poll() is None:
        assert time.monotonic() < deadline, "the target received no requests"
        time.sleep(0.02)
    process.send_signal(by)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, output


def words_of(front_end: str, url: str, header: list[str]) -> list[str]:
    given = {"rate": "20", **REPORTS}
    options = [*given.items(), *(("header", line) for line in header)]
    if front_end == "command":
        return ["-m", "conformance", "run", url, *(f"--{name}={value}" for name, value in options)]
    prefixes = {"header": "target-", "junitxml": ""}
    flags = [f"--{prefixes.get(name, 'conformance-')}{name}={value}" for name, value in options]
    return ["-m", "pytest", f"--target-url={url}", *flags]


@pytest.mark.parametrize(
    ("front_end", "by"),
    [
        ("pytest", signal.SIGINT),
        ("command", signal.SIGTERM),
        pytest.param("pytest", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("command", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_ends_with_2_and_writes_valid_reports(
    front_end: str,
    by: signal.Signals,
    alter: Alter,
    header: list[str],
    contract: Contract,
    credentials: Mapping[str, str],
    tmp_path: Path,
) -> None:
    target = alter()
    code, output = interrupted(words_of(front_end, target.url, header), target, tmp_path, by)
    assert code == 2, output
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    schema = Path(document.__file__).with_name("report.schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    assert (report["exit_code"], report["interrupted"], report["verdict"]) == (2, True, "partial")
    assert [row["id"] for row in report["requirements"]] == list(contract.catalogue.applicable(()))
    assert "the run was interrupted" in {row["reason"] for row in report["requirements"]}
    assert len(target.requests) < 200, "requests were sent after the interruption"
    assert not any(credentials[name] in output for name in ("Portkey-Key", "Virtual-Key", "Config"))
    assert "(interrupted)" in output
    for name in ("r.html", "r.md"):
        assert "interrupted" in (tmp_path / name).read_text("utf-8")
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["schemaVersion"] == 1
    assert ElementTree.parse(tmp_path / "j.xml").getroot().tag == "testsuites"
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == sorted(REPORTS.values())


def test_a_full_disk_is_reported_and_the_other_report_written(
    alter: Alter, header: list[str], tmp_path: Path
) -> None:
    target = alter()
    words = ["run", target.url, "--only=http.method.get", "--json=/dev/full", "--markdown=r.md"]
    words += [f"--header={line}" for line in header]
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", *words],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 4, ended.stdout
    problem = "reports: cannot write /dev/full: No space left on device"
    assert ended.stderr == f"embeddings-conformance: {problem}\n"
    assert "1 pass" in ended.stdout
    assert "1 pass" in (tmp_path / "r.md").read_text("utf-8") or (tmp_path / "r.md").stat().st_size > 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_before_its_run_ends_with_2_and_no_output(
    by: signal.Signals, tmp_path: Path
) -> None:
    program = f"""
import signal, sys
class Importing:
    def find_spec(self, name, *_):
        if name == "conformance.cli.commands.run":
            signal.raise_signal({int(by)})
sys.meta_path.insert(0, Importing())
from conformance.cli.main import main
sys.exit(main(["run"]))
"""
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", b"")
