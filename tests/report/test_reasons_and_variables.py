"""Reports state why a target could not be tested, and which variables their commands read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.report.render.html import html
from conformance.report.render.markdown import markdown
from conformance.report.render.script import script
from conformance.report.render.text import MAX_VARIABLES, all_variables
from tests.report.documents import document, exchange, row

RENDERERS: tuple[Callable[[dict[str, Any]], str], ...] = (markdown, html)
REASON = "the target cannot be tested: nothing listens there; start the server"


def failed_request(*variables: str) -> dict[str, Any]:
    headers = [[f"x-{name.lower()}", f"${name}"] for name in variables]
    words = " ".join(f'-H "{name}: {value}"' for name, value in headers)
    one = exchange(curl=f"curl {words} url")
    one["request"]["headers"] = headers
    return one


@pytest.mark.parametrize("render", RENDERERS)
def test_the_reason_is_shown_if_the_target_cannot_be_tested(render: Callable[..., str]) -> None:
    assert REASON in render(document(row("http.a", "not-tested", reason=REASON), exit_code=4))


@pytest.mark.parametrize("render", [*RENDERERS, script])
def test_the_variables_of_all_commands_are_named(render: Callable[..., str]) -> None:
    rerun = "embeddings-conformance run --header 'Authorization: Bearer env:TOKEN'"
    failed = row("state.a", "fail", evidence=[failed_request("KEY")], reproduce=rerun)
    text = render(document(failed))
    assert "TOKEN" in text
    assert "KEY" in text
    assert all_variables(document(failed)) == ["KEY", "TOKEN"]


def test_no_variables_are_named_without_a_command() -> None:
    assert all_variables(document(row("http.a", "blocked", reproduce=None))) == []
    assert "export them first" not in markdown(document(row("http.a")))


def test_a_hostile_report_names_few_variables() -> None:
    many = failed_request(*(f"V{number}" for number in range(2 * MAX_VARIABLES)))
    assert len(all_variables(document(row("http.a", "fail", evidence=[many])))) == MAX_VARIABLES
