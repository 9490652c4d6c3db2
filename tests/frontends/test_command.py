"""The command's own manners."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.commands.run import add_arguments
from conformance.cli.main import main
from conformance.config.options import OPTIONS


def ended_with(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_word_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_with([]) == 4
    assert "run the suite against a target" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["serve", "--help"], ["--version"]])
def test_help_and_version_are_no_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_with(words) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rum"], "unknown command rum; did you mean run?"),
        (["run", "--jsn=r.json"], "unknown option --jsn; did you mean --json?"),
        (["run", "--target-url=http://127.0.0.1/v1"], "unknown option --target-url"),
        (["run", "http://127.0.0.1/v1", "http://127.0.0.1/v2"], "expected no more arguments than"),
        (
            ["run", "--only=http.*", "--only=htp.method.get"],
            "found 'htp.method.get'; did you mean http.method.get?",
        ),
        (["--header", "x-key: secret", "run"], "expected a command before its options and arguments"),
        (["serve", "--prot=1"], "unknown option --prot; did you mean --port?"),
        (["serve", "--port=http"], "invalid int value: 'http'"),
        (["serve", "--port=99999"], "expected a free port on 127.0.0.1, found that 99999 can not be had"),
        (["serve", "--key=Portkey-Key"], "key: expected SCHEME=VALUE, found no = in it"),
        (["serve", "--key=Portky-Key=secret"], "no security scheme 'Portky-Key'; did you mean Portkey-Key?"),
        (["serve", "--profile=portky"], "did you mean 'portkey'?"),
        (["serve", "--contract=no-such.yaml"], "no-such.yaml"),
    ],
)
def test_a_usage_error_is_one_message_and_ends_with_4(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_with(words) == 4
    said = capsys.readouterr().err
    assert expected in said
    assert "Traceback" not in said
    assert "secret" not in said
    assert len(said.splitlines()) <= 2


def test_without_a_target_the_embedded_reference_is_tested(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended_with(["run", "--max-requests=40", "--verbose"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  pass +must +request\.type *$", said, re.MULTILINE)
    assert re.search(r"^http://127\.0\.0\.1:\d+/v1: partial: \d+ pass, \d+ not-tested; ", said, re.MULTILINE)


def test_serve_on_a_port_that_is_taken_prints_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ended_with(["serve", f"--port={port}"]) == 4
    printed = capsys.readouterr()
    assert f"expected a free port on 127.0.0.1, found that {port} can not be had: Address" in printed.err
    assert not printed.out


def test_serve_prints_the_command_that_tests_it_and_that_passes() -> None:
    """The printed words are run as they stand, but for a selection."""
    program = "import sys; from conformance.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-u", "-c", program, "serve", "--port=0", "--key=Config=my-own-config"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            printed = ""
            while "custom-host" not in printed:
                printed += server.stdout.readline()
            assert any("running on" in line for line in server.stderr)
            given = shlex.split(printed.partition("\n\n")[2].replace("\\\n", " "))
            assert given[0] == "pytest"
            assert re.fullmatch(r"--target-url=http://127\.0\.0\.1:[1-9]\d+/v1", given[1])
            assert "--target-header=x-portkey-config: my-own-config" in given
            ended = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    *given,
                    "-k",
                    "http.method or config",
                    "-p",
                    "no:cacheprovider",
                ],
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            assert ended.returncode == 0, ended.stdout + ended.stderr
        finally:
            server.terminate()


def test_the_options_of_run_are_those_of_pytest_without_the_prefix(pytestconfig: pytest.Config) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    own = {name for action in parser._actions for name in action.option_strings}
    given = {option.flag for option in OPTIONS}
    plugin = {f"--{prefix}-" for prefix in ("target", "conformance")}
    known = {name for name in pytestconfig._parser.optparser._option_string_actions if name in given}
    assert known == given, "pytest has all of them, --junitxml by itself"
    assert all(flag.startswith(tuple(plugin)) for flag in given - {"--junitxml"})
    bare = {re.sub("^--(target|conformance)-", "--", flag) for flag in given} - {"--url"}
    assert own == bare | {"-h", "--help", "-v", "--verbose"}


def test_a_key_of_the_environment_is_accepted_and_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    apps: list[Any] = []
    monkeypatch.setenv("MY_KEY", "from-the-environment")

    def served(app: Any, _host: str, _port: int) -> int:
        apps.append(app)
        return 0

    monkeypatch.setattr("conformance.cli.commands.serve.serve", served)
    monkeypatch.setattr("builtins.print", lambda text, **given: told.append(text))
    assert main(["serve", "--port=0", "--key=Portkey-Key=env:MY_KEY", "--key=Config=literal"]) == 0
    assert "--target-header='x-portkey-api-key: env:MY_KEY'" in told[0]
    assert "from-the-environment" not in told[0]
    headers = {"x-portkey-api-key": "from-the-environment", "x-portkey-config": "literal"}
    assert check(apps[0], headers=headers, only=["http.method.get"]).code == 0


def test_a_run_leaves_nothing_in_the_folder_that_it_is_started_in(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "conformance", "run", "--only", "property.valid", "--examples", "3"]
    cache = tmp_path / "cache"
    folder = tmp_path / "folder"
    folder.mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    environment.pop("HYPOTHESIS_STORAGE_DIRECTORY", None)
    subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, timeout=60)
    assert list(folder.iterdir()) == []
