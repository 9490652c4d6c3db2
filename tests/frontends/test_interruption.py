"""A run that is interrupted ends with 2, and its reports are whole."""

from __future__ import annotations

import json
import os
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
from conformance.runner.signals import deferred

Alter = Callable[..., Any]
SECONDS = 60.0
REPORTS = {"json": "r.json", "html": "r.html", "markdown": "r.md", "badge": "b.json", "junitxml": "j.xml"}


def interrupted(
    words: list[str], target: Any, folder: Path, by: signal.Signals = signal.SIGINT
) -> tuple[int, str]:
    """Start python with *words*, send the signal once some requests have arrived; its exit code and output."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    deadline = time.monotonic() + SECONDS
    while len(target.requests) < 12 and process.poll() is None:
        assert time.monotonic() < deadline, "no request came"
        time.sleep(0.02)
    process.send_signal(by)
    try:
        said, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, said


def words_of(door: str, url: str, header: list[str]) -> list[str]:
    given = {"rate": "10", **REPORTS}
    options = [*given.items(), *(("header", line) for line in header)]
    if door == "command":
        return ["-m", "conformance", "run", url, *(f"--{name}={value}" for name, value in options)]
    prefixes = {"header": "target-", "junitxml": ""}
    flags = [f"--{prefixes.get(name, 'conformance-')}{name}={value}" for name, value in options]
    return ["-m", "pytest", f"--target-url={url}", *flags]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("door", ["pytest", "command"])
def test_an_interrupted_run_ends_with_2_and_writes_valid_reports(
    door: str,
    by: signal.Signals,
    alter: Alter,
    header: list[str],
    contract: Contract,
    credentials: Mapping[str, str],
    tmp_path: Path,
) -> None:
    target = alter()
    code, said = interrupted(words_of(door, target.url, header), target, tmp_path, by)
    assert code == 2, said
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    schema = Path(document.__file__).with_name("report.schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    assert (report["exit_code"], report["interrupted"], report["verdict"]) == (2, True, "partial")
    assert [row["id"] for row in report["requirements"]] == list(contract.catalogue.under(()))
    assert "the run was interrupted" in {row["reason"] for row in report["requirements"]}
    assert len(target.requests) < 200, "what was not sent by then was not sent at all"
    assert not any(credentials[name] in said for name in ("Portkey-Key", "Virtual-Key", "Config"))
    assert "(interrupted)" in said
    for name in ("r.html", "r.md"):
        assert "interrupted" in (tmp_path / name).read_text("utf-8")
    assert json.loads((tmp_path / "b.json").read_text("utf-8"))["schemaVersion"] == 1
    assert ElementTree.parse(tmp_path / "j.xml").getroot().tag == "testsuites"
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == sorted(REPORTS.values())


def test_a_full_disk_is_told_and_costs_no_verdict(alter: Alter, header: list[str], tmp_path: Path) -> None:
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
    told = "reports: expected files that can be written, found /dev/full: No space left on device"
    assert ended.stderr == f"embeddings-conformance: {told}\n"
    assert "1 pass" in ended.stdout
    assert "1 pass" in (tmp_path / "r.md").read_text("utf-8") or (tmp_path / "r.md").stat().st_size > 0


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_while_reports_are_written_the_first_signal_does_nothing_and_the_second_ends(
    first: signal.Signals,
) -> None:
    before = [signal.getsignal(sort) for sort in (signal.SIGINT, signal.SIGTERM)]
    with deferred():
        signal.raise_signal(first)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(sort) for sort in (signal.SIGINT, signal.SIGTERM)] == before


def waiting_for_a_reader(folder: Path) -> subprocess.Popen[str]:
    """A saved run whose HTML goes to a pipe that nobody reads, as it waits."""
    os.mkfifo(folder / "pipe")
    program = """
from pathlib import Path
from conformance.interruption import deferred
from conformance.runner.atomic_write import write_text
try:
    with deferred():
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
def test_a_report_that_nobody_reads_is_given_up_at_the_second_signal(
    second: signal.Signals, code: int, tmp_path: Path
) -> None:
    with waiting_for_a_reader(tmp_path) as process:
        try:
            for sort in (signal.SIGINT, second):
                time.sleep(0.3)
                assert process.poll() is None
                process.send_signal(sort)
            said, _ = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, said) == (code, "ended\n" if code == 0 else "")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_before_its_run_begins_ends_quietly_with_2(
    by: signal.Signals, tmp_path: Path
) -> None:
    program = f"""
import signal, sys
class Importing:
    def find_spec(self, name, *_):
        if name == "conformance.cli.commands.run":
            signal.raise_signal({int(by)})
sys.meta_path.insert(0, Importing())
from conformance.cli import main
sys.exit(main(["run"]))
"""
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", b"")
