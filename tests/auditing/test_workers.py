"""The report does not depend on the number of processes, nor on how the log is divided into files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import audit
from conformance.auditing import pieces
from conformance.auditing.executors import local_executor
from conformance.cli.main import main
from tests.auditing.logs import URL, VIOLATIONS, Log, lines, make_log, write
from tests.auditing.test_continuing import PLANTED, without_times
from tests.auditing.test_formats import found


def test_two_processes_give_the_same_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 30_000)
    log = write(make_log(13, 200, PLANTED), tmp_path / "log")
    assert without_times(audit(log, workers=2)) == without_times(audit(log, workers=0))


def test_an_interruption_ends_the_processes_in_the_middle_of_their_work() -> None:
    def interrupted() -> None:
        with local_executor(2)() as (executor, _):
            executor.submit(sleep, 600)
            raise KeyboardInterrupt

    began = monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert monotonic() - began < 300


def test_a_script_that_new_processes_would_run_again_is_a_usage_error(tmp_path: Path) -> None:
    """With a thread, processes are not forked, so each of them imports the script."""
    log = write(make_log(17, 5), tmp_path / "log")
    script = tmp_path / "script.py"
    script.write_text(
        "import threading, time\n"
        "from conformance import audit\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        f"audit({str(log)!r}, workers=2)\n",
        "utf-8",
    )
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert "workers: cannot start a process; in a script" in ended.stderr.splitlines()[-1]


def test_many_small_files_are_one_log(tmp_path: Path) -> None:
    log = make_log(14, 60, PLANTED)
    for number, line in enumerate(lines(log, "litellm")):
        (tmp_path / f"{number:05}.json").write_bytes(line.rstrip())
    report = audit(tmp_path, workers=0)
    assert found(report) == dict(log.planted)
    assert report.as_dict()["audit"]["files"] == len(log.exchanges)
    assert found(audit(str(tmp_path / "*.json"), workers=0)) == dict(log.planted)


def test_the_standard_input_is_a_source(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = make_log(15, 40, {"response.usage.total": 2})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(lines(log, "exchanges")))))
    assert main(["audit", "-", "--workers", "0"]) == 1
    assert "FAIL response.usage.total" in capsys.readouterr().out


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    planted=st.dictionaries(st.sampled_from(sorted(VIOLATIONS)), st.integers(1, 3), max_size=4),
    format=st.sampled_from(["exchanges", "portkey", "openinference"]),
)
def test_planted_violations_are_found_exactly(
    tmp_path_factory: pytest.TempPathFactory, seed: int, planted: dict[str, int], format: str
) -> None:
    log = make_log(seed, 40, planted)
    file = tmp_path_factory.mktemp("log") / "log.gz"
    assert found(audit(write(log, file, format), workers=0)) == dict(log.planted)


def test_a_mapping_describes_other_columns(tmp_path: Path) -> None:
    log = make_log(16, 30, {"response.usage.total": 2})
    records = [
        {
            "sent": one["request"],
            "got": one["response"],
            "code": one["status"],
            "path": one.get("url", URL),
        }
        for one in log.exchanges
    ]
    (tmp_path / "log").write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("fields: {request: /sent, response: /got, status: /code, url: /path}\n", "utf-8")
    report = audit(tmp_path / "log", mapping=mapping, workers=0)
    assert found(report) == {"response.usage.total": 2}
    mapping.write_text("fields: {requests: /sent}\n", "utf-8")
    with pytest.raises(ValueError, match="unknown field requests; did you mean request"):
        audit(tmp_path / "log", mapping=mapping, workers=0)


def test_an_unknown_option_suggests_the_closest(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="profil: unknown option; did you mean profile"):
        audit(write(Log(), tmp_path / "log"), profil="openai")
