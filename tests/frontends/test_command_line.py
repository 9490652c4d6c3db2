"""The command line: help, usage errors, and the commands run and serve."""

from __future__ import annotations

import os
import pkgutil
import re
import shlex
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli import commands
from conformance.cli.main import main
from conformance.cli.parser import COMMANDS, command_parser
from conformance.config.options import OPTIONS


def exit_code(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as error:
        return int(error.code or 0)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_prints_the_help_without_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([]) == 4
    assert "Run the suite against a target" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["serve", "--help"], ["--version"]])
def test_help_and_version_end_with_0(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(words) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rum"], "unknown command rum; did you mean run?"),
        (["run", "--jsn=r.json"], "unknown option --jsn; did you mean --json?"),
        (
            ["run", "--target-url=http://127.0.0.1/v1"],
            "give the URL as an argument: embeddings-conformance run URL\n",
        ),
        (
            ["run", "--conformance-baseline=x"],
            "unknown option --conformance-baseline; did you mean --baseline?",
        ),
        (["run", "--target-hader=secret"], "unknown option --target-hader; did you mean --header?"),
        (["serve", "--target-url=secret"], "unknown option --target-url"),
        (["run", "http://127.0.0.1/v1", "http://127.0.0.1/v2"], "1 unexpected argument"),
        (
            ["run", "--only=http.*", "--only=htp.method.get"],
            "only: no requirement matches 'htp.method.get'; did you mean http.method.get?",
        ),
        (["--header", "x-key: secret", "run"], "the first argument must be a command"),
        (["run", "-ysecret"], "unknown option -y\n"),
        (["run", "-V", "--jsn=r.json"], "unknown option -V\n"),
        (["serve", "--prot=1"], "unknown option --prot; did you mean --port?"),
        (["serve", "--port=http"], "invalid int value: 'http'"),
        (["serve", "--port=99999"], "port: must be a number from 0 to 65535"),
        (["serve", "--key=Foo=secret"], "no security scheme 'Foo'; use one of Portkey-Key, "),
        (["run", "--only=auth"], "only: no requirement matches 'auth'; did you mean 'auth.*'?"),
        (["serve", "--key=Portkey-Key"], "key: must be SCHEME=VALUE"),
        (["serve", "--key=Portky-Key=secret"], "no security scheme 'Portky-Key'; did you mean Portkey-Key?"),
        (["serve", "--profile=portky"], "did you mean 'portkey'?"),
        (["serve", "--contract=no-such.yaml"], "no-such.yaml"),
    ],
)
def test_a_usage_error_is_one_message_and_ends_with_4(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(words) == 4
    output = capsys.readouterr().err
    assert expected in output
    assert "Traceback" not in output
    assert "secret" not in output
    assert len(output.splitlines()) <= 2


def test_run_without_a_target_tests_the_built_in_reference_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run", "--max-requests=40", "--verbose"]) == 0
    output = capsys.readouterr().out
    assert re.search(r"^  pass +must +request\.input\.string\.type *$", output, re.MULTILINE)
    assert re.search(
        r"^http://127\.0\.0\.1:\d+/v1: partial \(not every MUST was tested\): \d+ pass, \d+ not-tested; ",
        output,
        re.MULTILINE,
    )


def test_serve_prints_no_command_if_the_port_is_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert exit_code(["serve", f"--port={port}"]) == 4
    printed = capsys.readouterr()
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in printed.err
    assert not printed.out


@pytest.mark.slow
def test_serve_prints_commands_that_test_it_and_pass() -> None:
    """The test runs the printed commands, with a selection of requirements."""
    program = "import sys; from conformance.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-u", "-c", program, "serve", "--port=0", "--key=Config=my-own-config"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            printed = ""
            while printed.count("x-portkey-custom-host") < 2:
                printed += server.stdout.readline()
            assert any("running on" in line for line in server.stderr)
            run, pytest_ = (
                shlex.split(text.replace("\\\n", " "))
                for text in printed.removesuffix("\n").split("\n\n")[1::2]
            )
            assert run[:2] == ["embeddings-conformance", "run"]
            assert pytest_[0] == "pytest"
            assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+/v1", run[2])
            assert pytest_[1] == f"--target-url={run[2]}"
            assert "--header=x-portkey-config: my-own-config" in run
            assert "--target-header=x-portkey-config: my-own-config" in pytest_
            for words in (
                ["-c", program, *run[1:], "--only=http.method.get"],
                ["-m", *pytest_, "-k", "http.method.get", "-p", "no:cacheprovider"],
            ):
                completed = subprocess.run(
                    [sys.executable, *words], capture_output=True, encoding="utf-8", check=False
                )
                assert completed.returncode == 0, completed.stdout + completed.stderr
        finally:
            server.terminate()


def test_run_has_the_options_of_pytest_without_their_prefix(pytestconfig: pytest.Config) -> None:
    run = command_parser(["run"]).commands["run"]
    own = {name for action in run.arguments for name in action.option_strings}
    flags = {option.flag for option in OPTIONS}
    known = {name for name in pytestconfig._parser.optparser._option_string_actions if name in flags}
    assert known == flags, "pytest has all options; --junitxml is its own"
    assert all(flag.startswith(("--target-", "--conformance-")) for flag in flags - {"--junitxml"})
    bare = {re.sub("^--(target|conformance)-", "--", flag) for flag in flags} - {"--url"}
    assert own == bare | {"-h", "--help", "-v", "--verbose", "-x"}


def test_every_module_of_the_sub_commands_is_listed() -> None:
    modules = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    assert modules == {name.replace("-", "_") for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_sub_command_comes_from_its_module(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code([name, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    docstring = import_module(f"conformance.cli.commands.{name.replace('-', '_')}").__doc__ or ""
    summary, *_, example = docstring.strip().split("\n\n")
    assert " ".join(summary.split()) in printed
    assert " ".join(example.split()) in printed
    assert example.startswith(f"example: embeddings-conformance {name}")
    assert exit_code(["--help"]) == 0
    assert summary.split("\n")[0].removesuffix(".") in " ".join(capsys.readouterr().out.split())


def test_serve_reads_a_key_from_the_environment_and_does_not_print_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed: list[str] = []
    apps: list[Any] = []
    monkeypatch.setenv("MY_KEY", "from-the-environment")

    def record(app: Any, _host: str, _port: int, **_limits: Any) -> int:
        apps.append(app)
        return 0

    monkeypatch.setattr("conformance.cli.commands.serve.serve", record)
    monkeypatch.setattr("builtins.print", lambda text, **given: printed.append(text))
    assert main(["serve", "--port=0", "--key=Portkey-Key=env:MY_KEY", "--key=Config=literal"]) == 0
    assert "--target-header='x-portkey-api-key: env:MY_KEY'" in printed[0]
    assert "from-the-environment" not in printed[0]
    headers = {"x-portkey-api-key": "from-the-environment", "x-portkey-config": "literal"}
    assert check(apps[0], headers=headers, only=["http.method.get"]).code == 0


def test_a_run_leaves_no_files_in_the_working_directory(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "conformance", "run", "--only", "property.valid", "--examples", "3"]
    cache = tmp_path / "cache"
    folder = tmp_path / "folder"
    folder.mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    environment.pop("HYPOTHESIS_STORAGE_DIRECTORY", None)
    subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, timeout=60)
    assert list(folder.iterdir()) == []
