"""Without a target, the plugin has no effect on pytest, which loads it in every project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]


def test_imports_only_the_options_without_a_target(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_of_the_user():
            loaded = sorted(name for name in sys.modules if name.startswith("conformance"))
            assert loaded == [
                "conformance",
                "conformance.config",
                "conformance.config.declaration",
                "conformance.config.options",
                "conformance.config.values",
                "conformance.pytest_plugin",
                "conformance.pytest_plugin.plugin",
                "conformance.pytest_plugin.suite_name",
            ]
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert "embeddings-conformance:" not in str(result.stdout)


def test_pytest_help_lists_the_options(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*embeddings*", "*--target-url=URL*", "*--conformance-json=PATH*"])
    assert result.ret == 0


def test_options_without_a_target_change_nothing_and_a_line_says_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_the_user(): pass")
    result = pytester.runpytest_inprocess("--conformance-level=should", "--conformance-json=r.json")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["embeddings-conformance: --conformance-level has no effect without a target; add *"]
    )
    assert not (pytester.path / "r.json").exists()


def test_addopts_may_contain_an_option_that_a_project_requires(pytester: pytest.Pytester) -> None:
    """It is not on the command line, which the plugin reads only with a target."""
    pytester.makepyfile(
        needy="def pytest_addoption(parser): parser.addoption('--stage', required=True)",
        test_it="def test_of_the_user(request): assert request.config.getoption('stage') == 'dev'",
    )
    pytester.makeini("[pytest]\naddopts = -p needy --stage=dev")
    pytester.syspathinsert()
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("--target-ulr=http://127.0.0.1/v1", "--target-url"),
        ("--conformance-jsn=r.json", "--conformance-json"),
        ("--conformance-base-line=b.yaml", "--conformance-baseline"),
    ],
)
def test_suggests_the_closest_option(pytester: pytest.Pytester, misspelt: str, meant: str) -> None:
    result = pytester.runpytest_inprocess(misspelt)
    assert result.ret == 4
    name = misspelt.partition("=")[0]
    result.stderr.fnmatch_lines([f"ERROR: unknown option {name}; did you mean {meant}?"])


def test_the_error_for_an_unknown_option_does_not_show_its_value(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--target-heder=x-portkey-api-key: very-secret-key")
    assert result.ret == 4
    assert "very-secret-key" not in f"{result.stdout}{result.stderr}"


def test_accepts_an_option_of_another_plugin_with_our_prefix(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--target-stage')")
    pytester.makepyfile("def test_of_the_user(request): assert request.config.getoption('target_stage')")
    pytester.runpytest_inprocess("--target-stage=dev").assert_outcomes(passed=1)
