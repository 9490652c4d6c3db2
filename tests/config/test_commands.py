"""Credentials that a command prints. No error has a part of its output, or of the command."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.config import command
from conformance.config.headers import headers_of
from conformance.config.options import Configuration
from conformance.errors import ConfigurationError

TOKEN = "tok-0123456789-abcdef"


PADDED = f"  {TOKEN} \\r\\nthe second line"


def prints(text: str) -> str:
    """A command that prints *text*."""
    return f"printf %b {shlex.quote(text)}"


def problem(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        headers_of(Configuration(header=(f"x-key: cmd:{text}",)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        (f"Authorization: cmd:{prints(TOKEN)}", TOKEN, "$AUTHORIZATION"),
        (f"Authorization: Bearer  cmd:{prints(TOKEN)}", f"Bearer {TOKEN}", "Bearer $AUTHORIZATION"),
        (f"Authorization: cmd:{prints(f'Bearer {TOKEN}')}", f"Bearer {TOKEN}", "$AUTHORIZATION"),
        (f"x-api-key: cmd:  {prints(PADDED)}", TOKEN, "$X_API_KEY"),
    ],
)
def test_the_value_is_the_first_line_of_the_output(text: str, sent: str, shown: str) -> None:
    ((_, value),) = headers_of(Configuration(header=(text,)))
    assert (str(value), value.shown) == (sent, shown)


def test_no_shell_runs_the_command() -> None:
    ((_, value),) = headers_of(Configuration(header=("x-key: cmd:echo '$HOME' ; echo \"a  b\"",)))
    assert str(value) == "$HOME ; echo a  b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "header x-key: cmd: must be followed by a command, with quotes as for a shell"),
        ("  ", "header x-key: cmd: must be followed by a command, with quotes as for a shell"),
        (f"echo '{TOKEN}", "header x-key: cmd: must be followed by a command, with quotes as for a shell"),
        (
            f"/no/such/{TOKEN}",
            "header x-key: its command cannot be started (No such file or directory);"
            " no shell runs it, so give the path of a program",
        ),
        (
            f"sh -c 'echo {TOKEN}; exit 3'",
            "header x-key: its command ended with exit code 3; run it in a terminal to see why",
        ),
        (
            f"sh -c 'echo {TOKEN}; kill -9 $$'",
            "header x-key: its command ended with signal 9; run it in a terminal to see why",
        ),
        ("true", "header x-key: its command printed no credential on the first line of its standard output"),
        (
            prints(f"\\n{TOKEN}"),
            "header x-key: its command printed no credential on the first line of its standard output",
        ),
        (
            prints(f"\\033[1m{TOKEN}\\033[0m"),
            "header x-key: its command printed control characters;"
            " it must print only the credential, without colors",
        ),
        (
            prints(f"please\\tlog in {TOKEN}"),
            "header x-key: its command printed control characters;"
            " it must print only the credential, without colors",
        ),
        (prints("\\0377"), "header x-key: its command must print text in UTF-8, without other bytes"),
    ],
)
def test_a_command_that_prints_no_credential_is_an_error(text: str, expected: str) -> None:
    assert problem(text) == expected
    assert TOKEN not in problem(text)


def test_the_output_of_a_command_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    problem(f"sh -c 'echo {TOKEN}; echo {TOKEN} >&2; exit 1'")
    assert TOKEN not in "".join(capfd.readouterr())


def test_a_command_that_does_not_end_is_ended_with_what_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "TIME_LIMIT", 0.3)
    file = tmp_path / "late"
    begin = time.monotonic()
    expected = "header x-key: its command did not end within 0.3 s; run it in a terminal to see why"
    assert problem(f"sh -c '(sleep 60; touch {file}) & sleep 60'") == expected
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("seconds", [0, 0.1], ids=["before it started", "while it runs"])
def test_a_cancelled_renewal_ends_its_command(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen

    def start_late(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        time.sleep(0.05)
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", start_late)
    slow = command.CredentialCommand(
        f"{shlex.quote(sys.executable)} -c 'import time; time.sleep(60)'", "header x"
    )

    async def cancel() -> None:
        task = asyncio.create_task(slow.renew())
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begin = time.monotonic()
    asyncio.run(cancel())
    assert time.monotonic() - begin < 25
