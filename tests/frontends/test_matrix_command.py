"""The command that puts reports side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from tests.report.documents import document, row

Said = tuple[int, str, str]
Say = Callable[..., Said]
URL = "http://127.0.0.1:8787/v1"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run the command in a folder of its own: exit code, what it printed, what it complained of."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        try:
            code = main(["matrix", *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
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


def test_without_an_option_the_overview_is_printed(say: Say, save: Callable[..., str]) -> None:
    code, text, _ = say(save("one"), save("two", row("http.a", "fail")))
    assert code == 0
    assert text.startswith("A  one  (portkey)\nB  two  (portkey)\n")
    assert "http  ✓1  ✗1" in text


def test_pages_are_written_and_named(say: Say, save: Callable[..., str], tmp_path: Path) -> None:
    files = [save("one"), save("two")]
    code, text, _ = say(*files, "--html", "m.html", "--markdown=m.md")
    assert (code, text) == (0, "Matrix: m.html\nMatrix: m.md\n")
    assert (tmp_path / "m.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "m.md").read_text("utf-8").startswith("# Embeddings servers side by side\n")
    code, text, _ = say(*files, "--markdown", "m.md", "--verbose")
    assert text.startswith("Matrix: m.md\nA  one")


def test_one_report_is_enough_and_none_is_not(say: Say, save: Callable[..., str]) -> None:
    assert say(save("one"))[0] == 0
    code, _, error = say()
    assert code == 4
    assert "REPORT.json" in error


def test_a_server_that_is_there_twice_is_refused_with_a_mend(say: Say, save: Callable[..., str]) -> None:
    one = save("one")
    code, _, error = say(one, one)
    assert code == 4
    assert "'one', as in one.json; give each run a name of its own (run --name)" in error


@pytest.mark.parametrize("text", ["", "{}", "[]", "no", '{"format": 1}'])
def test_what_is_no_report_is_one_message(
    say: Say, save: Callable[..., str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.json").write_text(text, "utf-8")
    code, printed, error = say(save("one"), "bad.json")
    assert (code, printed) == (4, "")
    assert error.startswith("embeddings-conformance: bad.json: expected a report")
    assert len(error.splitlines()) == 1


def test_a_file_that_is_not_there_is_one_message(say: Say) -> None:
    code, _, error = say("none.json")
    assert code == 4
    assert "No such file" in error


def test_reports_of_other_contracts_are_compared_with_a_note(say: Say, save: Callable[..., str]) -> None:
    contract = {"file": "o.yaml", "sha256": "1" * 64, "overlays": [], "dropped": []}
    code, text, _ = say(save("one"), save("two", contract=contract, profile="openai"))
    assert code == 0
    assert [line.partition(",")[0] for line in text.splitlines()[:2]] == [
        "Note: The contract is not the same",
        "Note: The profile is not the same",
    ]


def test_a_page_does_not_go_where_a_report_is(say: Say, save: Callable[..., str]) -> None:
    one = save("one")
    code, _, error = say(one, "--html", one)
    assert code == 4
    assert "expected a file of its own" in error


def test_a_page_that_can_not_be_written_is_one_message(say: Say, save: Callable[..., str]) -> None:
    code, _, error = say(save("one"), "--html", ".")
    assert code == 4
    assert "expected a file that can be written" in error


def test_a_report_of_a_run_can_be_put_there(say: Say, tmp_path: Path) -> None:
    assert main(["run", "--only=http.chunked", "--name=Reference", f"--json={tmp_path / 'run.json'}"]) == 0
    code, text, _ = say("run.json")
    assert code == 0
    assert "A  Reference  (portkey)" in text
