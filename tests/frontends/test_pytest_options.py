"""The options of pytest work with the suite as in every other run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.contract import Contract
from tests.sampling import sampled

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
METHODS = ["-k", "http.method"]
AFTER_ONE = "the run ended after 1 failure (option max-failures)"
EMBEDDED = b'{"data": [{"embedding": [0.5]}]}'


def accept_get(response: Any) -> Any:
    """Accept GET, and omit Allow from a 405."""
    if response.scope["method"] == "GET":
        return replace(response, status=200, body=EMBEDDED)
    return replace(response, headers=[(name, value) for name, value in response.headers if name != b"allow"])


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_exitfirst_ends_the_run_after_the_first_failure(
    option: str, run_pytest: FrontEnd, alter: Alter
) -> None:
    result = run_pytest(alter(accept_get).url, concurrency=1, arguments=[option, "-v", *METHODS])
    assert result.code == 1, result.text
    assert "stopping after 1 failures" in result.text
    assert "http.method.put PASSED" not in result.text
    assert result.report["exit_code"] == 1
    assert result.report["max_failures_reached"]
    assert not result.report["interrupted"]
    assert result.verdict("http.method.get") == "fail"
    assert result.row("http.method.get")["evidence"][0]["condition"]
    assert result.row("http.method.patch")["reason"] == AFTER_ONE


def test_max_failures_is_not_a_limit_of_items(run_pytest: FrontEnd, alter: Alter) -> None:
    """pytest goes on: what was not reached is skipped."""
    result = run_pytest(alter(accept_get).url, concurrency=1, max_failures=1, arguments=["-v", *METHODS])
    assert result.code == 1, result.text
    assert "stopping after" not in result.text
    assert "http.method.patch SKIPPED" in result.text


def test_last_failed_runs_the_failed_requirements(
    pytester: pytest.Pytester, header: list[str], alter: Alter, contract: Contract
) -> None:
    words = [f"--target-url={alter(accept_get).url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess(*words, *METHODS).assert_outcomes(
        failed=1, passed=5, xfailed=2, deselected=len(contract.catalogue.applicable(())) - 8
    )
    again = pytester.runpytest_inprocess(*words, "--lf", "-v")
    again.assert_outcomes(failed=1, deselected=len(contract.catalogue.applicable(())) - 1)
    again.stdout.fnmatch_lines(["run-last-failure: rerun previous 1 failure", "*::http.method.get FAILED*"])


def test_quiet_and_verbose_change_the_output(run_pytest: FrontEnd, url: str) -> None:
    quiet = run_pytest(url, arguments=["-q", *METHODS])
    assert "rootdir" not in quiet.text
    assert "::" not in quiet.text
    verbose = run_pytest(url, arguments=["-v", *METHODS])
    assert "embeddings-conformance::http.method.get PASSED" in verbose.text


def test_a_failure_explains_itself(run_pytest: FrontEnd, alter: Alter) -> None:
    result = run_pytest(alter(accept_get).url, arguments=METHODS)
    for part in (
        "http.method.get (MUST, strictness)",
        "Requirement  ",
        "Source       RFC 9110",
        "Expected     no embedding",
        'Actual       the server accepted it: 200 {"data": [{"embedding": [0.5]}]}',
        "Reproduce    curl -sS -i -X GET",
        "x-portkey-api-key: $X_PORTKEY_API_KEY",
    ):
        assert part in result.text
    assert "Traceback" not in result.text
    assert ".py:" not in result.text


def test_a_failure_is_one_line_with_tb_line_and_in_the_short_summary(
    run_pytest: FrontEnd, alter: Alter
) -> None:
    result = run_pytest(alter(accept_get).url, arguments=["--tb=line", *METHODS])
    summary = 'fail: expected no embedding; the server accepted it: 200 {"data": [{"embedding": [0.5]}]}'
    assert summary in result.text.splitlines()
    assert f"FAILED embeddings-conformance::http.method.get - {summary[:20]}" in result.text
    assert "Reproduce" not in result.text


def test_runxfail_shows_known_failures_as_failures(run_pytest: FrontEnd, alter: Alter) -> None:
    arguments = ["--runxfail", "-k", "http.method and not http.method.get"]
    result = run_pytest(alter(accept_get).url, arguments=arguments)
    assert "FAILED embeddings-conformance::http.method.allow" in result.text
    assert result.code == 1, result.text
    assert result.report["exit_code"] == 1


def test_junit_has_one_case_for_each_requirement(
    run_pytest: FrontEnd,
    pytester: pytest.Pytester,
    alter: Alter,
    credentials: Mapping[str, str],
) -> None:
    run_pytest(alter(accept_get).url, arguments=["--junitxml=junit.xml", *METHODS])
    file = pytester.path / "junit.xml"
    cases = {case.get("name"): case for case in ElementTree.parse(file).iter("testcase")}
    assert len(cases) == 8
    for name, case in cases.items():
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        assert properties["requirement"] == name
        assert properties["level"] in ("must", "should")
    failure = cases["http.method.get"].find("failure")
    assert failure is not None
    summary = 'fail: expected no embedding; the server accepted it: 200 {"data": [{"embedding": [0.5]}]}'
    assert failure.get("message") == summary
    assert "Reproduce" in (failure.text or "")
    skipped = cases["http.method.allow"].find("skipped")
    assert skipped is not None
    assert skipped.get("type") == "pytest.xfail"
    assert not any(credentials[name] in file.read_text() for name in ("Portkey-Key", "Virtual-Key", "Config"))


def test_without_the_cache_nothing_is_written(
    pytester: pytest.Pytester, url: str, header: list[str], contract: Contract
) -> None:
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess("-p", "no:cacheprovider", *words, *METHODS).assert_outcomes(
        passed=8, deselected=len(contract.catalogue.applicable(())) - 8
    )
    assert list(pytester.path.iterdir()) == []


@pytest.mark.slow
def test_passes_with_warnings_as_errors(
    pytester: pytest.Pytester, url: str, header: list[str], contract: Contract
) -> None:
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    result = pytester.runpytest_subprocess("-W", "error", *words, *METHODS)
    result.assert_outcomes(passed=8, deselected=len(contract.catalogue.applicable(())) - 8)
    assert result.ret == 0
    assert "Warning" not in f"{result.stdout}{result.stderr}"


def test_turns_xdist_off_and_says_so(run_pytest: FrontEnd, alter: Alter) -> None:
    target = alter()
    result = run_pytest(target.url, arguments=["-n", "2", *METHODS])
    assert result.code == 0, result.text
    assert "without pytest-xdist (the suite sends its requests concurrently)" in result.text
    assert target.requests


@pytest.mark.parametrize("words", sampled(["-n 0", "-n 0 --dist=load", "-p no:xdist"], ["-n 0 --dist=load"]))
def test_runs_with_xdist_without_workers(run_pytest: FrontEnd, url: str, words: str) -> None:
    result = run_pytest(url, arguments=[*words.split(), *METHODS])
    assert result.code == 0, result.text


def test_repeated_runs_give_the_same_report(run_pytest: FrontEnd, url: str) -> None:
    first, second = (run_pytest(url, arguments=METHODS).report["requirements"] for _ in range(2))
    assert first == second


def test_suggests_the_option_with_the_other_prefix(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=["--conformance-model=m"])
    assert result.code == 4
    assert "unknown option --conformance-model; did you mean --target-model?" in result.text
