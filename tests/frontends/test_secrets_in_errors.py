"""What a user got wrong is said without what the user typed: it may be a credential."""

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
def test_no_usage_error_shows_one(pytester: pytest.Pytester, url: str, words: list[str]) -> None:
    result = pytester.runpytest_inprocess(f"--target-url={url}", *words)
    assert result.ret == 4
    said = f"{result.stdout}{result.stderr}"
    assert "ERROR" in said
    assert "very" not in said
    assert "secret-key" not in said


@pytest.mark.parametrize(
    "words",
    [
        ["--header=very-secret-key"],
        ["--heder=x-portkey-api-key: very-secret-key"],
        ["--heder", "x-portkey-api-key: very-secret-key"],
        ["x-portkey-api-key: very-secret-key"],
    ],
)
def test_no_usage_error_of_the_command_shows_one(
    words: list[str],
    url: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["run", url, *words])
    except SystemExit as ended:
        code = int(ended.code or 0)
    printed = capsys.readouterr()
    assert code == 4
    assert printed.err
    assert "very-secret-key" not in printed.out + printed.err


def test_the_settings_of_a_run_can_be_printed(credentials: Mapping[str, str]) -> None:
    header = [f"x-portkey-api-key: {credentials['Portkey-Key']}"]
    shown = repr(configure({"header": header, "proxy": "http://user:password@127.0.0.1:1"}, None))
    assert credentials["Portkey-Key"] not in shown
    assert "password" not in shown
