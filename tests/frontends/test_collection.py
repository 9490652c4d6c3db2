"""The requirements that pytest collects and selects, and the requests that it sends for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Contract
from tests.sampling import slow

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
HTTP_GET = ["-k", "http.method.get"]


def collect(pytester: pytest.Pytester, url: str, *arguments: str) -> list[str]:
    """The ids that pytest collects and selects."""
    result = pytester.runpytest_inprocess(f"--target-url={url}", "--collect-only", "-q", *arguments)
    assert result.ret in (0, 5), str(result.stdout)
    nodes = [line for line in result.outlines if "::" in line]
    assert all(node.startswith("embeddings-conformance::") for node in nodes), nodes
    return [node.partition("::")[2] for node in nodes]


def test_collects_every_requirement_in_an_empty_folder(
    pytester: pytest.Pytester, contract: Contract, alter: Alter
) -> None:
    target = alter()
    assert collect(pytester, target.url) == list(contract.catalogue.applicable(()))
    assert not target.requests, "--collect-only sends nothing, and needs no credentials"


def test_collect_only_shows_a_tree(pytester: pytest.Pytester, url: str) -> None:
    result = pytester.runpytest_inprocess(f"--target-url={url}", "--collect-only")
    result.stdout.fnmatch_lines(
        ["collected * items", "<ConformanceSuite embeddings-conformance>", "  <ConformanceItem request.type>"]
    )


@pytest.mark.parametrize(
    "settings",
    [
        "testpaths = other\npython_files = check_*.py",
        slow("addopts = other/check_mine.py -q"),
        pytest.param("addopts = other", marks=pytest.mark.slow),
        pytest.param("addopts = --strict-markers --strict-config -ra", marks=pytest.mark.slow),
    ],
)
def test_project_settings_do_not_change_what_is_collected(
    run_pytest: FrontEnd, pytester: pytest.Pytester, contract: Contract, url: str, settings: str
) -> None:
    pytester.makeini(f"[pytest]\n{settings}")
    other = pytester.mkdir("other")
    (other / "check_mine.py").write_text("def test_of_the_user(): assert False")
    (other / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--stage')")
    pytester.makeconftest("def pytest_collection_modifyitems(items): print('seen', len(items))")
    pytester.makepyfile(test_mine="def test_of_the_user(): assert False")
    result = run_pytest(url, max_requests=40)
    assert result.code == 0, result.text
    assert result.verdict("request.input.string.type") == "pass"
    assert f"seen {len(contract.catalogue.applicable(()))}\n" in result.text


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("must", lambda r: r.level == "must"),
        ("should", lambda r: r.level == "should"),
        ("may", lambda r: r.level == "may"),
        ("auth", lambda r: r.area == "auth"),
        ("http and not must", lambda r: r.area == "http" and r.level != "must"),
    ],
)
def test_markers_select_levels_and_areas(
    pytester: pytest.Pytester, contract: Contract, url: str, expression: str, chosen: Callable[[Any], bool]
) -> None:
    expected = [r.id for r in contract.catalogue.applicable(()).values() if chosen(r)]
    assert expected
    assert collect(pytester, url, "-m", expression) == expected


def test_keywords_match_ids_and_not_the_name_of_the_suite(
    pytester: pytest.Pytester, contract: Contract, url: str
) -> None:
    assert collect(pytester, url, "-k", "embedding") == [
        id for id in contract.catalogue.applicable(()) if "embedding" in id
    ]
    assert collect(pytester, url, "-k", "conformance") == []


def test_one_node_can_be_deselected(pytester: pytest.Pytester, contract: Contract, url: str) -> None:
    left = collect(pytester, url, "--deselect", "embeddings-conformance::request.type")
    assert left == [id for id in contract.catalogue.applicable(()) if id != "request.type"]


def test_sends_nothing_for_deselected_requirements(run_pytest: FrontEnd, alter: Alter) -> None:
    target = alter()
    result = run_pytest(target.url, arguments=HTTP_GET)
    assert result.code == 0, result.text
    assert {scope["method"] for scope in target.requests} == {"POST", "GET"}
    assert len(target.requests) <= 4, "the first request, the prerequisite, the probe, the canary"


def test_a_deselected_prerequisite_has_no_item_and_no_verdict(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=["-v", *HTTP_GET])
    assert "auth.accept" not in result.text
    row = result.row("auth.accept.virtual-key")
    assert (row["verdict"], row["reason"]) == ("not-tested", "not selected")


def test_a_failed_deselected_prerequisite_blocks(run_pytest: FrontEnd, alter: Alter) -> None:
    closed = alter(lambda response: replace(response, status=401))
    result = run_pytest(closed.url, arguments=HTTP_GET)
    assert result.code == 1, result.text
    assert result.verdict("http.method.get") == "blocked"
    assert "it needs auth.accept.virtual-key, whose verdict is fail" in result.text


def test_deselected_requirements_have_a_row_in_the_report(
    run_pytest: FrontEnd, contract: Contract, url: str
) -> None:
    result = run_pytest(url, arguments=HTTP_GET)
    assert [row["id"] for row in result.report["requirements"]] == list(contract.catalogue.applicable(()))
    assert result.report["summary"]["must"]["pass"] == 1


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_sends_nothing_if_no_item_runs(run_pytest: FrontEnd, alter: Alter, option: str) -> None:
    target = alter()
    assert run_pytest(target.url, arguments=[option]).code == 0
    assert not target.requests


def test_plan_prints_and_sends_nothing(front_end: FrontEnd, alter: Alter) -> None:
    target = alter()
    result = front_end(target.url, plan=True)
    assert result.code == 0, result.text
    assert "http.chunked" in result.text
    assert "in total, as estimated" in result.text
    assert not target.requests


def test_plan_lists_the_selected_requirements(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, plan=True, arguments=HTTP_GET)
    assert "http.method.get" in result.text
    assert "http.method.put" not in result.text
