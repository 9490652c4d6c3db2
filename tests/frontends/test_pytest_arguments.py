"""The suite runs in each way in which pytest gets arguments, beside the tests that a user names."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
GET, PUT = "http.method.get", "http.method.put"
SUITE = "embeddings-conformance"

SECONDS = 1.0
"""The time of each response of a slow server."""


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester) -> None:
    """A project with two tests, one of which fails."""
    tests = pytester.mkpydir("shop")
    pytester.syspathinsert()
    (tests / "test_passes.py").write_text("def test_passes(): pass")
    (tests / "test_fails.py").write_text("def test_fails(): assert False")


@pytest.mark.parametrize(
    ("arguments", "code", "names"),
    [
        ([], 0, []),
        (["shop/test_passes.py"], 0, ["test_passes"]),
        (["shop/test_passes.py::test_passes"], 0, ["test_passes"]),
        (["shop"], 1, ["test_fails", "test_passes"]),
        (["--pyargs", "shop.test_passes"], 0, ["test_passes"]),
        (["shop", "--deselect=shop/test_fails.py::test_fails"], 0, ["test_passes"]),
        (["shop/test_passes.py", f"{SUITE}::{GET}"], 0, ["test_passes"]),
        ([f"{SUITE}::{GET}"], 0, []),
        ([SUITE], 0, []),
    ],
)
def test_the_suite_runs_beside_the_tests_that_are_named(
    run_pytest: FrontEnd, url: str, arguments: list[str], code: int, names: list[str]
) -> None:
    result = run_pytest(url, only=[GET], arguments=["-v", *arguments])
    assert result.code == code, result.text
    assert result.verdict(GET) == "pass"
    assert [name for name in ("test_fails", "test_passes") if f"::{name} " in result.text] == names


@pytest.mark.parametrize("setting", ["testpaths = shop", "addopts = shop"])
def test_paths_of_the_project_settings_do_not_run_beside_the_suite(
    run_pytest: FrontEnd, pytester: pytest.Pytester, url: str, setting: str
) -> None:
    pytester.makeini(f"[pytest]\n{setting}")
    result = run_pytest(url, only=[GET])
    assert result.code == 0, result.text
    assert result.verdict(GET) == "pass"
    assert "test_fails" not in result.text


def test_a_broken_server_fails_beside_tests_that_pass(run_pytest: FrontEnd, alter: Alter) -> None:
    broken = alter(lambda response: replace(response, status=500))
    result = run_pytest(broken.url, only=[GET], arguments=["shop/test_passes.py"])
    assert result.code == 1, result.text


def test_named_requirements_are_selected(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=[f"{SUITE}::{GET}", f"{SUITE}::{PUT}"])
    assert result.code == 0, result.text
    assert {row["id"] for row in result.report["requirements"] if row["verdict"] == "pass"} == {GET, PUT}


def test_an_unknown_requirement_is_an_error_with_a_suggestion(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=[f"{SUITE}::http.method.gett"])
    assert result.code == 4
    assert "did you mean http.method.get?" in result.text


def test_keywords_select_among_both(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=["shop", "-k", f"{GET} or test_passes"])
    assert result.code == 0, result.text
    assert result.verdict(GET) == "pass"
    assert "2 passed" in result.text


def test_no_item_takes_the_time_of_the_run(
    run_pytest: FrontEnd, pytester: pytest.Pytester, alter: Alter
) -> None:
    """The first item would otherwise last as long as the run, longer than a project allows for one test."""

    def wait(response: Any) -> Any:
        time.sleep(SECONDS)
        return response

    junit = pytester.path / "junit.xml"
    assert run_pytest(alter(wait).url, only=[GET], arguments=[f"--junitxml={junit}"]).code == 0
    (case,) = ElementTree.parse(junit).iter("testcase")
    assert float(case.attrib["time"]) < SECONDS
