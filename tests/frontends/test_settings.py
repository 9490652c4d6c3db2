"""Settings at the front ends: where they are read from, and the errors for invalid ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.main import main
from conformance.errors import ConfigurationError

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]

INVALID_PROFILE = """
overlay: 1.1.0
info: {title: Invalid, version: 1.0.0}
actions: [{target: "$.paths['/embeddings'].post", update: {requestBody: {$ref: "#/components/absent"}}}]
"""


def test_the_command_reads_its_target_from_the_file(run_command: FrontEnd, url: str) -> None:
    Path("embeddings-conformance.toml").write_text(f'url = "{url}"\nonly = ["http.method.get"]\n', "utf-8")
    ended = run_command()
    assert ended.code == 0, ended.text
    assert ended.report["target"]["url"] == url


def test_pytest_reads_settings_but_no_target_from_the_file(
    run_pytest: FrontEnd, pytester: pytest.Pytester, url: str
) -> None:
    pytester.makepyprojecttoml(
        f'[tool.pytest.ini_options]\n[tool.embeddings-conformance]\nurl = "{url}"\nonly = ["http.method.get"]'
    )
    pytester.makepyfile("def test_of_the_user(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    ended = run_pytest(url)
    assert ended.code == 0, ended.text
    tested = {row["id"] for row in ended.report["requirements"] if row["verdict"] == "pass"}
    assert tested == {"http.method.get"}


def test_paths_given_to_pytest_are_relative_to_the_working_directory(
    pytester: pytest.Pytester, url: str, header: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]")
    monkeypatch.chdir(pytester.mkdir("sub"))
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess(*words, "--conformance-json=r.json", "-k", "http.method.get")
    assert (pytester.path / "sub" / "r.json").is_file()


def test_a_command_without_a_run_prints_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (file := tmp_path / "embeddings-conformance.toml").write_text("profile = 'azure'\n", "utf-8")
    (below := tmp_path / "below").mkdir()
    monkeypatch.chdir(below)
    assert main(["requirements", "auth.accept.*"]) == 0
    printed = capsys.readouterr()
    assert "azure" in printed.out
    assert str(file) in printed.err


def test_a_profile_that_makes_the_contract_invalid_is_rejected(front_end: FrontEnd, url: str) -> None:
    Path("own.yaml").write_text(INVALID_PROFILE, "utf-8")
    ended = front_end(url, profile="own.yaml")
    assert ended.code == 4, ended.text
    assert "#/components/absent" in ended.text
    assert "own.yaml" in ended.text


@pytest.mark.parametrize("below", ["", "sub"])
def test_the_file_is_printed(
    front_end: FrontEnd, url: str, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    file = Path("embeddings-conformance.toml").absolute()
    file.write_text("examples = 1\n", "utf-8")
    (folder := Path(below)).mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    ended = front_end(url, only=["http.method.get"])
    assert file.name in ended.text.replace("\n", ""), ended.text


def test_settings_of_another_target_are_named_and_not_used(front_end: FrontEnd, url: str) -> None:
    file = Path("embeddings-conformance.toml").absolute()
    file.write_text("url = 'http://127.0.0.1:1/v1'\nmodel = 'unknown'\n", "utf-8")
    ended = front_end(url, only=["http.method.get"])
    assert ended.code == 0, ended.text
    assert "Not used, because they describe another target: url, model." in ended.text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"timeout": "soon"}, "timeout: must be a number of seconds above 0, not 'soon'"),
        ({"level": "most"}, "level: must be 'must' or 'should', not 'most'"),
        ({"profile": "portky"}, "unknown profile 'portky'; did you mean 'portkey'?"),
        ({"contract": "no-such.yaml"}, "no-such.yaml"),
        ({"ca": "no-such.pem"}, "certificate file 'no-such.pem': does not exist; check the path"),
        ({"proxy": "https://127.0.0.1:1"}, "use an http:// proxy"),
    ],
)
def test_a_usage_error_is_one_message_with_exit_code_4(
    front_end: FrontEnd, alter: Callable[..., Any], options: dict[str, str], expected: str
) -> None:
    target = alter()
    ended = front_end(target.url, **options)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "Traceback" not in ended.text
    assert not target.requests


def test_a_folder_is_rejected_as_a_report_file(
    alter: Callable[..., Any], header: list[str], tmp_path: Path
) -> None:
    target = alter()
    headers = dict(line.split(": ", 1) for line in header)
    with pytest.raises(ConfigurationError, match=r"json: .* is a folder; give the path of a file"):
        check(target.url, headers=headers, json=tmp_path)
    assert not target.requests


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("127.0.0.1:80/v1", "has no scheme; did you mean http://127.0.0.1:80/v1?"),
        ("ftp://127.0.0.1/v1", "has the scheme 'ftp'; use http or https"),
        ("http://user:password@127.0.0.1/v1", "contains a user or password"),
    ],
)
def test_an_invalid_url_is_one_message(front_end: FrontEnd, place: str, expected: str) -> None:
    ended = front_end(place)
    assert ended.code == 4, ended.text
    assert expected in ended.text
    assert "password@" not in ended.text


def test_results_are_printed_if_a_report_cannot_be_written(
    front_end: FrontEnd, alter: Callable[..., Any], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    target = alter()
    ended = front_end(target.url, baseline=in_the_way / "b.yaml", update_baseline=True, max_requests=40)
    assert ended.code == 4, ended.text
    assert "cannot write" in ended.text
    conclusion = r"(^|: )partial \(not every MUST was tested\): [1-9]\d* pass, "
    assert re.search(conclusion, ended.text, re.MULTILINE)
