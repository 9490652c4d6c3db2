"""What a server says is shown, and drives no terminal."""

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

Door = Callable[..., Any]
Alter = Callable[..., Any]
NASTY = "\x1b[2J\x1b]0;owned\x07\r\nFAKED line\u202e\x00\u2028é"
HARMLESS = ("\x1b", "\x07", "\u202e", "\x00", "\u2028")


def be_nasty(said: Any) -> Any:
    if said.scope["method"] != "GET" and said.scope["sent"] not in (b"null", b"true"):
        return said
    headers = [*said.headers, (b"x-said", b"\xe2\x80\xaee")]
    return replace(said, status=200, headers=headers, body=NASTY.encode())


def test_control_characters_are_made_visible(door_of_pytest: Door, alter: Alter) -> None:
    arguments = ["-vv", "-rA", "-k", "http.method.status or request.type"]
    ended = door_of_pytest(alter(be_nasty).url, arguments=arguments)
    assert ended.code == 1, ended.text
    assert not [character for character in HARMLESS if character in ended.text]
    assert "\\x1b[2J" in ended.text
    assert not [line for line in ended.text.splitlines() if line.startswith("FAKED")]


def test_the_command_makes_them_visible_too(door_of_command: Door, alter: Alter) -> None:
    ended = door_of_command(alter(be_nasty).url, max_requests=40)
    assert ended.code == 1, ended.text
    assert not [character for character in HARMLESS if character in ended.text]
    assert "\\x1b[2J" in ended.text
    assert not [line for line in ended.text.splitlines() if line.startswith("FAKED")]


def test_junit_stays_readable_xml(door_of_pytest: Door, pytester: pytest.Pytester, alter: Alter) -> None:
    arguments = ["--junitxml=j.xml", "-k", "request.type"]
    door_of_pytest(alter(be_nasty).url, arguments=arguments)
    text = ElementTree.parse(pytester.path / "j.xml").getroot().itertext()
    assert "\\x1b[2J" in "".join(text)


def test_json_keeps_what_was_said(door_of_pytest: Door, alter: Alter) -> None:
    ended = door_of_pytest(alter(be_nasty).url, arguments=["-k", "http.method.status"])
    (item, *_) = ended.row("http.method.status")["evidence"]
    assert item["response"]["body"] == NASTY
    assert json.dumps(ended.report).isascii()


def test_a_terminal_of_few_characters_is_no_crash(alter: Alter, header: list[str], tmp_path: Path) -> None:
    url = alter(lambda said: replace(said, status=200, body="né 向".encode())).url
    words = ["run", url, "--max-requests=40", *(f"--header={line}" for line in header)]
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from conformance.cli.main import main; sys.exit(main())", *words],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert b"n\\xe9 \\u5411" in ended.stdout
