"""Payloads in files that are larger than the memory, and payloads that are too large."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import payload_files
from conformance.cli.main import main

from .running import RunCommand

REQUEST = {"model": "text-embedding-3-small", "input": "x" * 200_000}
LINE = json.dumps(REQUEST)
COUNT = 500
"""100 MB in all."""


def entry(text: str) -> dict[str, Any]:
    request = {"method": "POST", "url": "https://h/v1/embeddings", "postData": {"text": text}}
    return {"request": request, "response": {"status": 200, "content": {"text": "{}"}}}


def write_lines(file: Path) -> None:
    file.write_text(f"{LINE}\n" * COUNT, "ascii")


def write_har(file: Path) -> None:
    one = json.dumps(entry(LINE))
    file.write_text(f'{{"log": {{"entries": [{",".join([one] * COUNT)}]}}}}', "ascii")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        pytest.param("r.jsonl", write_lines, marks=pytest.mark.slow),
        ("r", write_lines),
        pytest.param("r.har", write_har, marks=pytest.mark.slow),
        ("har", write_har),
    ],
)
def test_a_large_file_needs_little_memory(name: str, write: Any, run: RunCommand, tmp_path: Path) -> None:
    write(tmp_path / name)
    ended = run("validate", "request", name, most_mib=90)
    assert (ended.code, ended.out, ended.err) == (0, f"{COUNT} of {COUNT} valid\n", [])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.json", lambda: b" " * (65 * 2**20), "is larger than 64 MiB"),
        ("r.jsonl", lambda: b" " * (65 * 2**20), "r.jsonl:1: is larger than 64 MiB"),
        ("r.json", lambda: b"[" + b"{}," * 5_000_000 + b"1]", "has too many values to validate"),
        (
            "r.har",
            lambda: b'{"log": {"entries": ["' + b"x" * (66 * 2**20),
            "has an entry or a text of more than 64 MiB",
        ),
        pytest.param(
            "r.har",
            lambda: b'{"log": {"entries": [{"a": [' + b"{}," * 5_000_000 + b"1]}]}}",
            "has too many values",
            marks=pytest.mark.slow,
        ),
        ("r.har", lambda: b'{"log": {"entries": [{]}]}}', "entry 1: is not JSON"),
    ],
)
def test_a_payload_beyond_the_limits_is_one_sentence(
    name: str, content: Callable[[], bytes], says: str, run: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content())
    ended = run("validate", "request", name)
    assert (ended.code, len(ended.err), ended.out) == (4, 1, "")
    assert says in ended.err[0]
    assert f"{name}" in ended.err[0]


def test_an_error_after_valid_payloads_prints_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(payload_files, "MAX_PAYLOAD", 50)
    Path("r.jsonl").write_text('{"input": 1}\n' * 3 + " " * 60, "ascii")
    for form in ("text", "json"):
        assert main(["validate", "request", "r.jsonl", "--format", form]) == 4
        printed = capsys.readouterr()
        assert (printed.out, len(printed.err.splitlines())) == ("", 1)


def test_blank_lines_between_payloads_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("r").write_text("{}" + "\n" * 20 + "{}", "ascii")
    assert main(["validate", "request", "r", "--format", "json"]) == 1
    places = [result["place"] for result in json.loads(capsys.readouterr().out)]
    assert places == ["r:1", "r:21"]
