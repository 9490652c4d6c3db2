"""Responses are printed with their control characters escaped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
BODY = "\x1b[2J\x1b]0;owned\x07\r\nFAKED line\u202e\x00\u2028é"
CONTROL_CHARACTERS = ("\x1b", "\x07", "\u202e", "\x00", "\u2028")


def send_control_characters(response: Any) -> Any:
    if response.scope["method"] != "GET" and response.scope["sent"] not in (b"null", b"true"):
        return response
    headers = [*response.headers, (b"x-text", b"\xe2\x80\xaee")]
    return replace(response, status=200, headers=headers, body=BODY.encode())


def test_pytest_escapes_control_characters(run_pytest: FrontEnd, alter: Alter) -> None:
    arguments = ["-vv", "-rA", "-k", "http.method.status or request.type"]
    result = run_pytest(alter(send_control_characters).url, arguments=arguments)
    assert result.code == 1, result.text
    assert not [character for character in CONTROL_CHARACTERS if character in result.text]
    assert "\\x1b[2J" in result.text
    assert not [line for line in result.text.splitlines() if line.startswith("FAKED")]


def test_the_command_escapes_control_characters(run_command: FrontEnd, alter: Alter) -> None:
    result = run_command(alter(send_control_characters).url, only=["http.method.status", "request.type"])
    assert result.code == 1, result.text
    assert not [character for character in CONTROL_CHARACTERS if character in result.text]
    assert "\\x1b[2J" in result.text
    assert not [line for line in result.text.splitlines() if line.startswith("FAKED")]


def test_junit_is_valid_xml(run_pytest: FrontEnd, pytester: pytest.Pytester, alter: Alter) -> None:
    arguments = ["--junitxml=j.xml", "-k", "request.type"]
    run_pytest(alter(send_control_characters).url, arguments=arguments)
    text = ElementTree.parse(pytester.path / "j.xml").getroot().itertext()
    assert "\\x1b[2J" in "".join(text)


def test_json_keeps_the_response_unchanged(run_pytest: FrontEnd, alter: Alter) -> None:
    result = run_pytest(alter(send_control_characters).url, arguments=["-k", "http.method.status"])
    (item, *_) = result.row("http.method.status")["evidence"]
    assert item["response"]["body"] == BODY
    assert json.dumps(result.report).isascii()


def test_prints_to_a_terminal_with_ascii_encoding(alter: Alter, header: list[str], tmp_path: Path) -> None:
    url = alter(lambda response: replace(response, status=200, body="né 向".encode())).url
    words = ["run", url, "--only=request.type", *(f"--header={line}" for line in header)]
    result = subprocess.run(
        [sys.executable, "-c", "import sys; from conformance.cli.main import main; sys.exit(main())", *words],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert b"n\\xe9 \\u5411" in result.stdout
