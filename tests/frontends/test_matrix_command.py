"""The command ``matrix``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from tests.report.documents import document, row

Printed = tuple[int, str, str]
Command = Callable[..., Printed]
URL = "http://127.0.0.1:8787/v1"


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in a folder of its own: returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Printed:
        try:
            code = main(["matrix", *words])
        except SystemExit as error:
            code = int(error.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., str]:
    def saved(name: str, *rows: dict[str, Any], **changes: Any) -> str:
        target = {"url": URL, "server_header": "it", "name": name}
        file = tmp_path / f"{name}.json"
        text = json.dumps(document(*(rows or [row("http.a")]), target=target, **changes))
        file.write_text(text, "utf-8")
        return file.name

    return saved


def test_prints_the_overview_without_an_option(command: Command, save: Callable[..., str]) -> None:
    code, text, _ = command(save("one"), save("two", row("http.a", "fail")))
    assert code == 0
    assert text.startswith("A  one  (portkey)\nB  two  (portkey)\n")
    assert "http  ✓1  ✗1" in text


def test_writes_pages_and_prints_their_names(
    command: Command, save: Callable[..., str], tmp_path: Path
) -> None:
    files = [save("one"), save("two")]
    code, text, _ = command(*files, "--html", "m.html", "--markdown=m.md")
    assert (code, text) == (0, "Matrix: m.html\nMatrix: m.md\n")
    assert (tmp_path / "m.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "m.md").read_text("utf-8").startswith("# Embeddings servers side by side\n")
    code, text, _ = command(*files, "--markdown", "m.md", "--verbose")
    assert text.startswith("Matrix: m.md\nA  one")


def test_accepts_one_report_and_rejects_none(command: Command, save: Callable[..., str]) -> None:
    assert command(save("one"))[0] == 0
    code, _, error = command()
    assert code == 4
    assert "REPORT.json" in error


def test_rejects_two_reports_with_one_name_and_says_how_to_fix_it(
    command: Command, save: Callable[..., str]
) -> None:
    one = save("one")
    code, _, error = command(one, one)
    assert code == 4
    assert "the server 'one' is in one.json too; give each run its own name (run --name)" in error


@pytest.mark.parametrize("text", ["", "{}", "[]", "no", '{"format": 1}'])
def test_an_invalid_report_is_one_message(
    command: Command, save: Callable[..., str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.json").write_text(text, "utf-8")
    code, printed, error = command(save("one"), "bad.json")
    assert (code, printed) == (4, "")
    assert error.startswith("embeddings-conformance: bad.json")
    assert len(error.splitlines()) == 1


def test_a_missing_file_is_one_message(command: Command) -> None:
    code, _, error = command("none.json")
    assert code == 4
    assert "No such file" in error


def test_notes_that_contracts_and_profiles_differ(command: Command, save: Callable[..., str]) -> None:
    contract = {"file": "o.yaml", "sha256": "1" * 64, "overlays": [], "dropped": []}
    code, text, _ = command(save("one"), save("two", contract=contract, profile="openai"))
    assert code == 0
    notes = [line for line in text.splitlines() if line.startswith("Note: ")]
    assert ["contract" in notes[0], "profile" in notes[1]] == [True, True]


def test_does_not_overwrite_a_report(command: Command, save: Callable[..., str]) -> None:
    one = save("one")
    code, _, error = command(one, "--html", one)
    assert code == 4
    assert "need different files" in error


def test_an_unwritable_page_is_one_message(command: Command, save: Callable[..., str]) -> None:
    code, _, error = command(save("one"), "--html", ".")
    assert code == 4
    assert "html: cannot write .: " in error


def test_accepts_the_report_of_a_run(command: Command, tmp_path: Path) -> None:
    assert main(["run", "--only=http.chunked", "--name=Reference", f"--json={tmp_path / 'run.json'}"]) == 0
    code, text, _ = command("run.json")
    assert code == 0
    assert "A  Reference  (portkey)" in text
