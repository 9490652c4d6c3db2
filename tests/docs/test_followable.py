"""A reader with a clone can follow each page: no step is hidden, and each server that a page uses is started by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Command, Shown, steps
from tests.docs.session import CLONE, PORT_OPTION

COMMENT = re.compile(r"<!-- (?!generated: |file: |end of |table |not run: )[^\n]*")
"""A comment that is neither the border of a generated part nor the reason why a test cannot run commands."""

ADDRESS = re.compile(r"\b127\.0\.0\.1:(\d{4,5})\b")
UPSTREAM = re.compile(r"--upstream[ =](\S+)")
OF_THE_CLONE = re.compile(rf"\.\./{CLONE}/([\w./-]+)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands_and_files(text: str) -> list[str]:
    return [
        step.text if isinstance(step, Command) else step.content
        for step in steps(text)
        if isinstance(step, Command | Shown)
    ]


def ports_without_a_server(text: str) -> set[str]:
    """The ports of this machine that the commands and files of a page use, without those that its commands open."""
    found = commands_and_files(text)
    used = {port for each in found for port in ADDRESS.findall(each)}
    opened = {port for each in found if each.endswith(" &") for port in PORT_OPTION.findall(each)}
    upstream = {port for each in found for at in UPSTREAM.findall(each) for port in ADDRESS.findall(at)}
    return used - opened - upstream


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_step_of_a_page_is_hidden_in_a_comment(page: Path) -> None:
    assert COMMENT.findall(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_server_that_a_page_uses_is_started_by_one_of_its_commands(page: Path) -> None:
    assert ports_without_a_server(page.read_text("utf-8")) == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_file_that_a_page_takes_from_the_clone_exists(page: Path) -> None:
    files = OF_THE_CLONE.findall(page.read_text("utf-8"))
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_a_server_without_a_visible_command_is_found() -> None:
    run = "$ embeddings-conformance run http://127.0.0.1:8000/v1\n"
    serve = "$ embeddings-conformance serve --port 8000 &\n...\n"
    assert ports_without_a_server(f"<!-- server: 8000 x -->\n\n```console\n{run}```\n") == {"8000"}
    assert ports_without_a_server(f"```console\n{serve}{run}```\n") == set()
    assert COMMENT.findall("<!-- server: 8000 x -->\n<!-- end of x -->\n") == ["<!-- server: 8000 x -->"]
