"""The registry of report formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from conformance.report import FORMATS
from tests.report.documents import document, row


@pytest.fixture
def _format_without_option(monkeypatch: pytest.MonkeyPatch) -> None:
    formats: Any = FORMATS
    monkeypatch.setitem(formats, "verdict", lambda report: report["verdict"])


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_renders_text(name: str) -> None:
    assert isinstance(FORMATS[name](document(row("http.a"))), str)


@pytest.mark.usefixtures("_format_without_option")
def test_a_format_without_an_option_does_not_break_a_run(tmp_path: Path) -> None:
    assert main(["run", "--only=http.method.get", f"--json={tmp_path / 'run.json'}"]) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.usefixtures("_format_without_option")
def test_a_format_without_an_option_does_not_break_the_report_command(tmp_path: Path) -> None:
    saved, page = tmp_path / "run.json", tmp_path / "run.html"
    saved.write_text(json.dumps(document(row("http.a"))), "utf-8")
    assert main(["report", str(saved), f"--html={page}"]) == 0
    assert page.is_file()
