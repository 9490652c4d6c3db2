"""What pytest collects and selects, and what is sent for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Contract

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
Alter = Callable[..., Any]
HTTP_GET = ["-k", "http.method.get"]


def collect(pytester: pytest.Pytester, url: str, *arguments: str) -> list[str]:
    """The ids that pytest collects and selects."""
    result = pytester.runpytest_inprocess(f"--target-url={url}", "--collect-only", "-q", *arguments)
    assert result.ret in (0, 5), str(result.stdout)
    nodes = [line for line in result.outlines if "::" in line]
    assert all(node.startswith("embeddings-conformance::") for node in nodes), nodes
    return [node.partition("::")[2] for node in nodes]


def test_an_empty_folder_collects_every_requirement(
    pytester: pytest.Pytester, contract: Contract, alter: Alter
) -> None:
    target = alter()
    assert collect(pytester, target.url) == list(contract.catalogue.under(()))
    assert not target.requests, "--collect-only sends nothing, and needs no credentials"


def test_collect_only_shows_a_tree(pytester: pytest.Pytester, url: str) -> None:
    result = pytester.runpytest_inprocess(f"--target-url={url}", "--collect-only")
    result.stdout.fnmatch_lines(
        ["collected * items", "<ConformanceSuite embeddings-conformance>", "  <ConformanceItem request.type>"]
    )


@pytest.mark.parametrize(
    "settings",
    [
        "testpaths = elsewhere",
        "python_files = check_*.py",
        "addopts = elsewhere",
        "addopts = elsewhere/check_mine.py -q",
        "addopts = --strict-markers --strict-config -ra",
    ],
)
def test_a_project_with_settings_of_its_own_collects_the_suite_and_nothing_else(
    door_of_pytest: Door, pytester: pytest.Pytester, contract: Contract, url: str, settings: str
) -> None:
    pytester.makeini(f"[pytest]\n{settings}")
    elsewhere = pytester.mkdir("elsewhere")
    (elsewhere / "check_mine.py").write_text("def test_of_the_user(): assert False")
    (elsewhere / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--stage')")
    pytester.makeconftest("def pytest_collection_modifyitems(items): print('seen', len(items))")
    pytester.makepyfile(test_mine="def test_of_the_user(): assert False")
    ended = door_of_pytest(url, max_requests=40)
    assert ended.code == 0, ended.text
    assert ended.verdict("request.type") == "pass"
    assert f"seen {len(contract.catalogue.under(()))}\n" in ended.text


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
    expected = [r.id for r in contract.catalogue.under(()).values() if chosen(r)]
    assert expected
    assert collect(pytester, url, "-m", expression) == expected


def test_keywords_look_into_ids_and_not_into_the_name_of_the_suite(
    pytester: pytest.Pytester, contract: Contract, url: str
) -> None:
    assert collect(pytester, url, "-k", "embedding") == [
        id for id in contract.catalogue.under(()) if "embedding" in id
    ]
    assert collect(pytester, url, "-k", "conformance") == []


def test_one_node_can_be_deselected(pytester: pytest.Pytester, contract: Contract, url: str) -> None:
    left = collect(pytester, url, "--deselect", "embeddings-conformance::request.type")
    assert left == [id for id in contract.catalogue.under(()) if id != "request.type"]


def test_what_is_deselected_is_not_sent(door_of_pytest: Door, alter: Alter) -> None:
    target = alter()
    ended = door_of_pytest(target.url, arguments=HTTP_GET)
    assert ended.code == 0, ended.text
    assert {scope["method"] for scope in target.requests} == {"POST", "GET"}
    assert len(target.requests) <= 4, "the first request, the prerequisite, the probe, the canary"


def test_a_prerequisite_that_was_not_selected_is_no_item_and_has_no_verdict(
    door_of_pytest: Door, url: str
) -> None:
    ended = door_of_pytest(url, arguments=["-v", *HTTP_GET])
    assert "auth.accept" not in ended.text
    row = ended.row("auth.accept.virtual-key")
    assert (row["verdict"], row["reason"]) == ("not-tested", "not selected")


def test_a_failed_prerequisite_that_was_not_selected_blocks(door_of_pytest: Door, alter: Alter) -> None:
    closed = alter(lambda said: replace(said, status=401))
    ended = door_of_pytest(closed.url, arguments=HTTP_GET)
    assert ended.code == 1, ended.text
    assert ended.verdict("http.method.get") == "blocked"
    assert "it needs auth.accept.virtual-key, which is fail" in ended.text


def test_every_requirement_has_a_row_also_when_it_was_deselected(
    door_of_pytest: Door, contract: Contract, url: str
) -> None:
    ended = door_of_pytest(url, arguments=HTTP_GET)
    assert [row["id"] for row in ended.report["requirements"]] == list(contract.catalogue.under(()))
    assert ended.report["summary"]["must"]["pass"] == 1


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_what_runs_no_item_sends_nothing(door_of_pytest: Door, alter: Alter, option: str) -> None:
    target = alter()
    assert door_of_pytest(target.url, arguments=[option]).code == 0
    assert not target.requests


def test_the_plan_is_printed_and_nothing_sent(door: Door, alter: Alter) -> None:
    target = alter()
    ended = door(target.url, plan=True)
    assert ended.code == 0, ended.text
    assert "http.chunked" in ended.text
    assert "in total, as estimated" in ended.text
    assert not target.requests


def test_the_plan_is_of_what_was_selected(door_of_pytest: Door, url: str) -> None:
    ended = door_of_pytest(url, plan=True, arguments=HTTP_GET)
    assert "http.method.get" in ended.text
    assert "http.method.put" not in ended.text
