"""Options of pytest's own do what their users expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.contract import Contract

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
Alter = Callable[..., Any]
METHODS = ["-k", "http.method"]
EMBEDDED = b'{"data": [{"embedding": [0.5]}]}'


def answer_get(said: Any) -> Any:
    """Serve GET, and forget to say at 405 what is allowed."""
    if said.scope["method"] == "GET":
        return replace(said, status=200, body=EMBEDDED)
    return replace(said, headers=[(name, value) for name, value in said.headers if name != b"allow"])


def test_x_ends_with_the_first_failure_and_leaves_the_rest(door_of_pytest: Door, alter: Alter) -> None:
    ended = door_of_pytest(alter(answer_get).url, rate=6, arguments=["-x", "-v", *METHODS])
    assert ended.code == 1, ended.text
    assert "stopping after 1 failures" in ended.text
    assert "http.method.put PASSED" not in ended.text
    assert ended.report["exit_code"] == 1
    assert ended.report["interrupted"]
    assert ended.verdict("http.method.get") == "fail"
    rest = ended.row("http.method.delete")
    assert (rest["verdict"], rest["reason"]) == ("not-tested", "the run was interrupted")


def test_last_failed_runs_what_failed(
    pytester: pytest.Pytester, header: list[str], alter: Alter, contract: Contract
) -> None:
    words = [f"--target-url={alter(answer_get).url}", *(f"--target-header={line}" for line in header)]
    pytester.runpytest_inprocess(*words, *METHODS).assert_outcomes(
        failed=1, passed=5, xfailed=2, deselected=len(contract.catalogue.under(())) - 8
    )
    again = pytester.runpytest_inprocess(*words, "--lf", "-v")
    again.assert_outcomes(failed=1, deselected=len(contract.catalogue.under(())) - 1)
    again.stdout.fnmatch_lines(["run-last-failure: rerun previous 1 failure", "*::http.method.get FAILED*"])


def test_quiet_and_verbose_say_less_and_more(door_of_pytest: Door, url: str) -> None:
    quiet = door_of_pytest(url, arguments=["-q", *METHODS])
    assert "rootdir" not in quiet.text
    assert "::" not in quiet.text
    verbose = door_of_pytest(url, arguments=["-v", *METHODS])
    assert "embeddings-conformance::http.method.get PASSED" in verbose.text


def test_a_failure_explains_itself(door_of_pytest: Door, alter: Alter) -> None:
    ended = door_of_pytest(alter(answer_get).url, arguments=METHODS)
    for part in (
        "http.method.get (MUST)",
        "Requirement  ",
        "Source       RFC 9110",
        "Expected     no embedding",
        'Actual       accepted: 200 {"data": [{"embedding": [0.5]}]}',
        "Reproduce    curl -sS -i -X GET",
        "x-portkey-api-key: $X_PORTKEY_API_KEY",
    ):
        assert part in ended.text
    assert "Traceback" not in ended.text
    assert ".py:" not in ended.text


def test_a_failure_is_one_line_with_tb_line_and_in_the_short_summary(
    door_of_pytest: Door, alter: Alter
) -> None:
    ended = door_of_pytest(alter(answer_get).url, arguments=["--tb=line", *METHODS])
    said = 'fail: expected no embedding, got accepted: 200 {"data": [{"embedding": [0.5]}]}'
    assert said in ended.text.splitlines()
    assert f"FAILED embeddings-conformance::http.method.get - {said[:20]}" in ended.text
    assert "Reproduce" not in ended.text


def test_runxfail_shows_known_failures_as_failures(door_of_pytest: Door, alter: Alter) -> None:
    arguments = ["--runxfail", "-k", "http.method and not http.method.get"]
    ended = door_of_pytest(alter(answer_get).url, arguments=arguments)
    assert "FAILED embeddings-conformance::http.method.allow" in ended.text
    assert ended.code == 1, ended.text
    assert ended.report["exit_code"] == 1


def test_junit_has_one_case_for_each_requirement(
    door_of_pytest: Door,
    pytester: pytest.Pytester,
    alter: Alter,
    credentials: Mapping[str, str],
) -> None:
    door_of_pytest(alter(answer_get).url, arguments=["--junitxml=junit.xml", *METHODS])
    file = pytester.path / "junit.xml"
    cases = {case.get("name"): case for case in ElementTree.parse(file).iter("testcase")}
    assert len(cases) == 8
    for name, case in cases.items():
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        assert properties["requirement"] == name
        assert properties["level"] in ("must", "should")
    failure = cases["http.method.get"].find("failure")
    assert failure is not None
    said = 'fail: expected no embedding, got accepted: 200 {"data": [{"embedding": [0.5]}]}'
    assert failure.get("message") == said
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
        passed=8, deselected=len(contract.catalogue.under(())) - 8
    )
    assert list(pytester.path.iterdir()) == []


def test_warnings_as_errors_do_not_disturb(
    pytester: pytest.Pytester, url: str, header: list[str], contract: Contract
) -> None:
    words = [f"--target-url={url}", *(f"--target-header={line}" for line in header)]
    result = pytester.runpytest_subprocess("-W", "error", *words, *METHODS)
    result.assert_outcomes(passed=8, deselected=len(contract.catalogue.under(())) - 8)
    assert result.ret == 0
    assert "Warning" not in f"{result.stdout}{result.stderr}"


def test_xdist_is_refused_with_the_way_out(door_of_pytest: Door, alter: Alter) -> None:
    target = alter()
    ended = door_of_pytest(target.url, arguments=["-n", "2"])
    assert ended.code == 4, ended.text
    assert "leave pytest-xdist out with -n 0" in ended.text
    assert ended.text.count("ERROR") == 1
    assert not target.requests


@pytest.mark.parametrize("words", [["-n", "0"], ["-n", "0", "--dist=load"], ["-p", "no:xdist"]])
def test_without_workers_xdist_does_no_harm(door_of_pytest: Door, url: str, words: list[str]) -> None:
    ended = door_of_pytest(url, arguments=[*words, *METHODS])
    assert ended.code == 0, ended.text


def test_several_runs_one_after_the_other_say_the_same(door_of_pytest: Door, url: str) -> None:
    first, second = (door_of_pytest(url, arguments=METHODS).report["requirements"] for _ in range(2))
    assert first == second


def test_an_option_under_the_other_prefix_is_told(door_of_pytest: Door, url: str) -> None:
    ended = door_of_pytest(url, arguments=["--conformance-model=m"])
    assert ended.code == 4
    assert "unknown option --conformance-model; did you mean --target-model?" in ended.text
