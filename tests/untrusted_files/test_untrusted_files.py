"""A file that a user was given by others ends the command soon, with little memory and one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampling import sampled, slow

from .cases import FILE, URL, case_named, cases
from .documents import BOMB
from .running import ROOT, RunCommand

NAMES = [name for name, _ in cases()]

SAMPLE = (
    "a bomb of aliases as baseline",
    "100,000 keys, in JSON",
    "200,000 levels, in YAML",
    "a least length of 2^31 - 1",
    "search() with a slow expression",
    "a value that is copied onto itself",
    "a key of 20,000 parts",
    "a report of 33 MiB",
    "a snapshot of 200,000 levels",
)
"""A case of each kind of file and of each kind of limit."""


@pytest.mark.parametrize("name", sampled(NAMES, SAMPLE))
def test_an_untrusted_file_is_one_sentence(name: str, run: RunCommand, tmp_path: Path) -> None:
    case = case_named(name)
    content = case.content()
    (tmp_path / case.name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for other, text in case.others.items():
        (tmp_path / other).write_text(text, "utf-8")
    ended = run(*(case.name if word == FILE else word for word in case.words))
    assert ended.code == (4 if case.says else 0), ended.err
    assert len(ended.err) == bool(case.says)
    if case.says:
        assert case.says in ended.err[0]
        assert case.name in ended.err[0]
        assert len(ended.err[0]) < 1_200


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["run", URL, "--header", b"X-Key: a\xff"], "header"),
        slow(["run", URL, "--header", b"X-\xff: a"], "header"),
        slow(["run", URL, "--model", b"\xff"], "model"),
        slow(["run", b"http://127.0.0.1:9/\xff"], "url"),
        (["serve", "--key", b"config=\xff"], "key config"),
    ],
)
def test_an_option_that_is_not_utf8_is_one_sentence(
    words: list[str | bytes], place: str, run: RunCommand
) -> None:
    ended = run(*words)
    assert ended.code == 4
    (line,) = ended.err
    assert line.startswith(f"embeddings-conformance: {place}: ")
    assert "UTF-8" in line


def test_bounds_that_need_large_bodies_are_not_tested_and_have_a_reason(
    run: RunCommand, tmp_path: Path
) -> None:
    case = case_named("bounds of 2^31 - 1")
    (tmp_path / case.name).write_text(str(case.content()), "utf-8")
    ended = run(*(case.name if word == FILE else word for word in case.words))
    reasons = {
        line.split()[4]: line.partition("(")[2] for line in ended.out.splitlines() if "(a body" in line
    }
    assert list(reasons) == [
        "request.input.string.max-length",
        "request.input.strings.max-items",
        "request.input.integers.max-items",
        "request.input.integer-arrays.max-items",
    ]
    assert all(reason.startswith("a body beyond the bound has 2,147,483,648 ") for reason in reasons.values())


def test_a_pipe_without_a_writer_is_an_empty_file(run: RunCommand, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "c.yaml")
    ended = run("requirements", "--contract", "c.yaml")
    assert (ended.code, len(ended.err)) == (4, 1)
    assert "found nothing" in ended.err[0]


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--conformance-contract", "f.yaml", "at most 100,000 values"),
        slow("--conformance-baseline", "f.yaml", "at most 100,000 values"),
        slow("--target-header", os.fsdecode(b"X-Key: \xff"), "UTF-8"),
    ],
)
def test_pytest_ends_with_the_same_code(option: str, value: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(BOMB, "utf-8")
    command = [sys.executable, "-m", "pytest", f"--target-url={URL}", "--conformance-profile=open"]
    ended = subprocess.run(
        [*command, f"{option}={value}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=300,
        check=False,
    )
    printed = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    assert ended.returncode == 4, printed
    assert says in printed
    assert "Traceback" not in printed
