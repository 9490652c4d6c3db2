"""A usage error does not repeat the arguments, which may be credentials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.cli.main import main
from conformance.config.settings import configure

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    "words",
    [
        ["--target-header=very-secret-key"],
        ["--target-header=very secret-key: 1"],
        ["--target-heder=x-portkey-api-key: very-secret-key"],
        ["--target-header=x-portkey-api-key: env:very-secret-key"],
        ["--target-header=x-portkey-api-key: very-secret-key", "--target-timeout=soon"],
        ["--target-header=x-portkey-api-key: very-secret-key", "--target-model=m"],
        ["--target-header=x-portkey-config: very-secret\nkey", "--target-header=x-portkey-api-key: 1"],
    ],
)
def test_a_usage_error_of_pytest_shows_no_credential(
    pytester: pytest.Pytester, url: str, words: list[str]
) -> None:
    result = pytester.runpytest_inprocess(f"--target-url={url}", *words)
    assert result.ret == 4
    output = f"{result.stdout}{result.stderr}"
    assert "ERROR" in output
    assert "very" not in output
    assert "secret-key" not in output


@pytest.mark.parametrize(
    "words",
    [
        ["--header=very-secret-key"],
        ["--heder=x-portkey-api-key: very-secret-key"],
        ["--heder", "x-portkey-api-key: very-secret-key"],
        ["x-portkey-api-key: very-secret-key"],
    ],
)
def test_a_usage_error_of_the_command_shows_no_credential(
    words: list[str],
    url: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["run", url, *words])
    except SystemExit as error:
        code = int(error.code or 0)
    printed = capsys.readouterr()
    assert code == 4
    assert printed.err
    assert "very-secret-key" not in printed.out + printed.err


def test_the_repr_of_a_configuration_shows_no_credential(credentials: Mapping[str, str]) -> None:
    header = [f"x-portkey-api-key: {credentials['Portkey-Key']}"]
    shown = repr(configure({"header": header, "proxy": "http://user:password@127.0.0.1:1"}, None))
    assert credentials["Portkey-Key"] not in shown
    assert "password" not in shown
