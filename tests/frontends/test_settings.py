"""Settings at the doors: where they come from, and what is said of those that can not be used."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.main import main
from conformance.config.settings import ConfigurationError

pytest_plugins = ["pytester"]

Door = Callable[..., Any]

SPOILING = """
overlay: 1.1.0
info: {title: Spoiling, version: 1.0.0}
actions: [{target: "$.paths['/embeddings'].post", update: {security: [{Nobody: []}]}}]
"""


def test_the_command_takes_its_target_from_the_file(door_of_command: Door, url: str) -> None:
    Path("embeddings-conformance.toml").write_text(f'url = "{url}"\nmax-requests = 40\n', "utf-8")
    ended = door_of_command()
    assert ended.code == 0, ended.text
    assert ended.report["target"]["url"] == url


def test_pytest_takes_settings_from_the_file_but_no_target(
    door_of_pytest: Door, pytester: pytest.Pytester, url: str
) -> None:
    pytester.makepyprojecttoml(
        f'[tool.pytest.ini_options]\n[tool.embeddings-conformance]\nurl = "{url}"\nmax-requests = 40'
    )
    pytester.makepyfile("def test_of_the_user(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    ended = door_of_pytest(url)
    assert ended.code == 0, ended.text
    assert ended.report["requests"] <= 40


def test_paths_given_to_pytest_are_relative_to_where_it_was_started(
    pytester: pytest.Pytester, url: str, header: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]")
    monkeypatch.chdir(pytester.mkdir("sub"))
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess(*words, "--conformance-json=r.json", "-k", "http.method.get")
    assert (pytester.path / "sub" / "r.json").is_file()


def test_a_command_that_only_reads_names_a_file_of_a_folder_above_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (file := tmp_path / "embeddings-conformance.toml").write_text("profile = 'azure'\n", "utf-8")
    (below := tmp_path / "below").mkdir()
    monkeypatch.chdir(below)
    assert main(["requirements", "auth.accept.*"]) == 0
    said = capsys.readouterr()
    assert "azure" in said.out
    assert str(file) in said.err


def test_a_profile_that_spoils_the_contract_is_named(door: Door, url: str) -> None:
    Path("own.yaml").write_text(SPOILING, "utf-8")
    ended = door(url, profile="own.yaml")
    assert ended.code == 4, ended.text
    assert "a missing scheme 'Nobody'" in ended.text
    assert "own.yaml" in ended.text


@pytest.mark.parametrize("below", ["", "sub"])
def test_a_file_of_a_folder_above_is_named(
    door: Door, url: str, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    file = Path("embeddings-conformance.toml").absolute()
    file.write_text("examples = 1\n", "utf-8")
    (folder := Path(below)).mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    ended = door(url, only=["http.method.get"])
    assert (str(file) in ended.text.replace("\n", "")) == bool(below), ended.text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"timeout": "soon"}, "timeout: expected a number of seconds above 0, found 'soon'"),
        ({"level": "most"}, "level: expected one of must, should, found 'most'"),
        ({"profile": "portky"}, "found 'portky'; did you mean 'portkey'?"),
        ({"contract": "no-such.yaml"}, "no-such.yaml"),
        ({"ca": "no-such.pem"}, "certificate file 'no-such.pem': does not exist"),
        ({"proxy": "https://127.0.0.1:1"}, "only proxies that are spoken to in plain http are supported"),
    ],
)
def test_a_usage_error_is_one_message_and_ends_with_4(
    door: Door, alter: Callable[..., Any], options: dict[str, str], expected: str
) -> None:
    target = alter()
    ended = door(target.url, **options)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "Traceback" not in ended.text
    assert not target.requests


def test_a_folder_is_no_place_for_a_report(
    alter: Callable[..., Any], header: list[str], tmp_path: Path
) -> None:
    target = alter()
    headers = dict(line.split(": ", 1) for line in header)
    with pytest.raises(ConfigurationError, match="json: expected the path of a file, found the folder"):
        check(target.url, headers=headers, json=tmp_path)
    assert not target.requests


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("127.0.0.1:80/v1", "has no scheme; perhaps http://127.0.0.1:80/v1 is meant"),
        ("ftp://127.0.0.1/v1", "expected the scheme http or https, found 'ftp'"),
        ("http://user:password@127.0.0.1/v1", "user and password do not belong into a URL"),
    ],
)
def test_a_url_that_can_not_be_used_is_one_message(door: Door, place: str, expected: str) -> None:
    ended = door(place)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "password@" not in ended.text


def test_a_report_that_can_not_be_written_costs_no_result(
    door: Door, alter: Callable[..., Any], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    target = alter()
    ended = door(target.url, baseline=in_the_way / "b.yaml", update_baseline=True, max_requests=40)
    assert ended.code == 4, ended.text
    assert "expected files that can be written" in ended.text
    assert re.search(r"^partial: [1-9]\d* pass, |: partial: [1-9]\d* pass, ", ended.text, re.MULTILINE)
