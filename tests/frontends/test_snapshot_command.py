"""The command ``snapshot``, and the option ``snapshot`` of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from conformance.cli.main import main
from conformance.contract import Contract
from conformance.drift import MAX_NAME
from conformance.reference import create_app
from tests.faulty_servers.embeddings import embeds_texts
from tests.faulty_servers.servers import application, server_of, with_faults

Serve = Callable[[ASGIApp], str]


@pytest.fixture
def recorded(serve: Serve, small: Contract, header: list[str], tmp_path: Path) -> tuple[str, Path, list[str]]:
    """The URL of a server, the snapshot of it, and the options with its credentials."""
    url, file = serve(create_app(small)), tmp_path / "before.json"
    options = [word for line in header for word in ("--header", line)]
    options += ["--contract", str(small.file)]
    assert main(["snapshot", url, "-o", str(file), *options]) == 0
    return url, file, options


def test_a_snapshot_is_recorded_checked_and_compared(
    recorded: tuple[str, Path, list[str]],
    serve: Serve,
    small: Contract,
    header: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, file, options = recorded
    assert len(json.loads(file.read_text("utf-8"))["texts"]) == 178
    capsys.readouterr()
    assert not any(line.partition(": ")[2] in file.read_text("utf-8") for line in header if "key" in line)
    check = ["--check", str(file), *options]
    assert main(["snapshot", url, *check]) == 0
    assert capsys.readouterr().out == "identical: the vectors are those of the snapshot\n"
    other = serve(application(with_faults(server_of(create_app(small)), embeds_texts(lambda t: t[::-1]))))
    assert main(["snapshot", other, *check]) == 1
    assert capsys.readouterr().out.startswith("re-embed: ")
    assert main(["snapshot", url, *check, "--max-seconds", "0.001"]) == 2
    assert capsys.readouterr().out.startswith("out of time")
    late = tmp_path / "late.json"
    assert main(["snapshot", url, "-o", str(late), "--max-seconds", "0.001", *options]) == 2
    assert capsys.readouterr().out.startswith("out of time")
    assert not late.exists()
    report = tmp_path / "report.json"
    words = ["--snapshot", str(file), "--only", "stability.neighbors.batch", "--json", str(report)]
    assert main(["run", other, *words, *options]) == 1
    assert "Vectors: re-embed" in capsys.readouterr().out
    stability = json.loads(report.read_text("utf-8"))["stability"]
    assert stability["grade"] == "re-embed"
    assert stability["causes"][0]["cause"] == "model"


def test_a_run_asks_the_model_of_the_snapshot(
    serve: Serve, small: Contract, header: list[str], tmp_path: Path
) -> None:
    url, file = serve(create_app(small)), tmp_path / "before.json"
    options = [word for line in header for word in ("--header", line)]
    options += ["--contract", str(small.file)]
    assert main(["snapshot", url, "-o", str(file), "--model", "text-embedding-ada-002", *options]) == 0
    run = ["run", url, "--snapshot", str(file), "--only", "stability.neighbors.single", *options]
    assert main(run) == 0
    assert main([*run, "--model", "text-embedding-3-small"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "missing/a.json"], "not a folder"),
        (["-o", "exists.json"], "--force"),
        (["--check", "exists.json"], "cannot be read as a snapshot"),
        (["--check", "missing.json"], "check the path"),
        (["-o", "a.json", "--texts", "missing.jsonl"], "check the path"),
        (["--check", "exists.json", "-o", "a.json"], "not allowed with"),
        (["--check", "exists.json", "--texts", "a.jsonl"], "leave it out with --check"),
        (["--check", "exists.json", "--force"], "leave it out with --check"),
        (["-o", "a.json", "--snapshot-tolerance", "0.1"], "leave it out without --check"),
        (["-o", "a.json", "--model", "m" * (MAX_NAME + 1)], "at most 1,000 characters"),
        ([], "required"),
    ],
)
def test_a_usage_error_is_one_sentence(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("exists.json").write_text("{}", "utf-8")
    try:
        code = main(["snapshot", "http://127.0.0.1:9/v1", *words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 4
    assert says in capsys.readouterr().err


def test_an_unreachable_target_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshot", "http://127.0.0.1:9/v1", "-o", str(tmp_path / "a.json")]) == 4
    assert "cannot be tested" in capsys.readouterr().err


def test_a_run_with_a_wrong_snapshot_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    file.write_text('{"format": 1}', "utf-8")
    assert main(["run", "http://127.0.0.1:9/v1", "--profile", "open", "--snapshot", str(file)]) == 4
    assert "cannot be read as a snapshot" in capsys.readouterr().err
