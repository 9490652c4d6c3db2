"""No output, report or temporary file contains a credential, for each way to give it and each end of a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from tests.frontends.test_interruption import REPORTS, SECONDS
from tests.frontends.test_secrets import HEADERS, leaks, reference_with_secrets, repeat
from tests.sampling import sampled

FrontEnd = Callable[..., Any]
CRASH_MODULE = "conformance.checks.http.methods"
CRASH = f"{CRASH_MODULE}.has_embedding"
PROGRAM = f"""
import sys
from conformance.cli.main import main
def crash(*given):
    raise RuntimeError("crash")
if "--crash" in sys.argv:
    sys.argv.remove("--crash")
    import {CRASH_MODULE}
    {CRASH} = crash
sys.exit(main())
"""
WAYS = ("option", "environment", "file")
ENDS = {"passes": 0, "fails": 1, "crashes": 3, "is interrupted": 2}
CASES = [
    *(("command", way, end) for way in WAYS for end in ENDS),
    *(("pytest", "environment", end) for end in ENDS if end != "crashes"),
]
QUICK = {
    "command-file-crashes",
    "pytest-environment-fails",
}
"""The cases in every test run: each front end, and the ends that show the most."""


def given(way: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment variables that give all credentials."""
    if way == "option":
        return [f"--header={name}: {value}" for name, value in HEADERS.items()], {}
    if way == "file":
        lines = ", ".join(json.dumps(f"{name}: {value}") for name, value in HEADERS.items())
        (folder / "embeddings-conformance.toml").write_text(f"header = [{lines}]\n", "utf-8")
        return [], {}
    words, variables = [], {}
    for number, (name, value) in enumerate(HEADERS.items()):
        scheme, _, bare = value.rpartition(" ") if name == "Authorization" else ("", "", value)
        words.append(f"--header={name}: {scheme} env:GIVEN_{number}")
        variables[f"GIVEN_{number}"] = bare
    return words, variables


def program(front_end: str, url: str, words: list[str]) -> list[str]:
    """The arguments of python that start a front end; *words* are those of the command."""
    if front_end == "command":
        return ["-c", PROGRAM, "run", url, *words]
    prefixes = {"header": "target-", "junitxml": ""}
    names = [word.removeprefix("--").partition("=") for word in words if word != "--verbose"]
    flags = [f"--{prefixes.get(name, 'conformance-')}{name}={value}" for name, _, value in names]
    return ["-m", "pytest", "-vv", "-rA", f"--target-url={url}", *flags]


def run(words: list[str], variables: dict[str, str], folder: Path, target: Any, *, interrupt: bool) -> Any:
    """The exit code and the output of python, with temporary files in *folder*."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **variables, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        deadline = time.monotonic() + SECONDS
        while interrupt and len(target.requests) < 12 and process.poll() is None:
            assert time.monotonic() < deadline, "no request arrived"
            time.sleep(0.02)
        if interrupt:
            process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, output


@pytest.mark.parametrize("case", sampled(CASES, QUICK, "-".join))
def test_no_file_or_output_contains_a_credential(
    case: tuple[str, str, str],
    alter: Callable[..., Any],
    small: Contract,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front_end, way, end = case
    target = alter() if end == "passes" else alter(repeat)
    monkeypatch.setattr(target, "_app", reference_with_secrets(small))
    words, variables = given(way, tmp_path)
    words += [f"--contract={small.file}", *(f"--{name}={file}" for name, file in REPORTS.items())]
    words += ["--only=http.method.*", "--only=response.object.*", "--only=auth.echo", "--verbose"]
    words += ["--crash"] if end == "crashes" else ["--rate=10"] if end == "is interrupted" else []
    words = program(front_end, target.url, words)
    code, output = run(words, variables, tmp_path, target, interrupt=end == "is interrupted")
    assert code == ENDS[end], output
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.suffix != ".toml"]
    assert {file.name for file in files} >= set(REPORTS.values())
    left = "\n".join([output, *(file.read_text("utf-8", "backslashreplace") for file in files)])
    assert not [*leaks(left)]
    assert ("[credential]" in left) == (end == "fails") or end in ("crashes", "is interrupted")


def test_rejects_a_password_in_the_url_without_repeating_it(run_command: FrontEnd, tmp_path: Path) -> None:
    ended = run_command("http://somebody:pass-word-0123@127.0.0.1:9/v1", html="r.html")
    assert ended.code == 4
    assert "contains a user or password" in ended.text
    assert "pass-word" not in ended.text
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "query", ["SECRET-bare-12345", "conversion=SECRET-bare-12345", "key=SECRET-bare-12345"]
)
def test_does_not_show_values_of_the_query(
    query: str, run_command: FrontEnd, alter: Callable[..., Any], tmp_path: Path
) -> None:
    ended = run_command(f"{alter(repeat).url}?{query}", only=["request.type"], **REPORTS)
    assert ended.code == 1, ended.text
    assert "[credential]" in ended.text
    written = "".join(file.read_text("utf-8") for file in tmp_path.iterdir() if file.is_file())
    assert "SECRET-bare" not in ended.text + written + json.dumps(ended.report)
