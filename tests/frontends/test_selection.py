"""Which requirements a run tests, and which severities fail it: the options exclude, failed and fail-on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import SEVERITIES
from conformance.contract.requirements.severity import SEVERITIES as KNOWN

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
METHODS = ["http.method.get", "http.method.put"]


def fails_at_put(response: Any) -> Any:
    """A server error for PUT."""
    return replace(response, status=500) if response.scope["method"] == "PUT" else response


def selected(result: Any) -> list[str]:
    return [row["id"] for row in result.report["requirements"] if row["selected"]]


def test_excluded_requirements_are_not_tested(front_end: FrontEnd, url: str) -> None:
    result = front_end(url, only=["http.method.*"], exclude=["http.method.p*", "http.method.get"])
    assert result.code == 0, result.text
    assert selected(result)
    assert not [id for id in selected(result) if id == "http.method.get" or id.startswith("http.method.p")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exclude": ["http.method.gett"]}, "exclude: no requirement matches 'http.method.gett'"),
        ({"exclude": ["*"]}, "exclude: no requirement is left; exclude fewer"),
        ({"fail_on": ["security", "speed"]}, "fail-on: must be one or more of wrong-data"),
        ({"failed": "missing.json"}, "missing.json cannot be read"),
    ],
)
def test_a_selection_of_nothing_is_an_error(
    run_command: FrontEnd, url: str, options: dict[str, Any], expected: str
) -> None:
    result = run_command(url, **options)
    assert result.code == 4, result.text
    assert expected in result.text


def test_tests_again_only_what_was_not_met(run_command: FrontEnd, alter: Alter, url: str) -> None:
    first = run_command(alter(fails_at_put).url, only=METHODS)
    Path("earlier.json").write_text(json.dumps(first.report), "utf-8")
    again = run_command(url, failed="earlier.json")
    assert again.code == 0, again.text
    assert selected(again) == ["http.method.put"]
    Path("fixed.json").write_text(json.dumps(again.report), "utf-8")
    expected = "failed: no selected requirement failed the run in fixed.json; leave out this option"
    assert expected in run_command(url, failed="fixed.json").text


@pytest.mark.parametrize(
    ("severities", "code"), [(["security"], 0), (["security", "strictness"], 1), ([], 1)]
)
def test_only_the_chosen_severities_fail_the_run(
    run_command: FrontEnd, alter: Alter, severities: list[str], code: int
) -> None:
    result = run_command(alter(fails_at_put).url, only=METHODS, fail_on=severities)
    assert result.code == code, result.text
    note = "its severity (strictness) is not in the option fail-on"
    assert (note in result.row("http.method.put")["reason"]) == (code == 0)


def test_the_options_have_the_severities_of_the_requirements() -> None:
    assert list(SEVERITIES) == list(KNOWN)
