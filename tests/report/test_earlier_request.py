"""If a request fails only after another one, each format has the commands of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.report import FORMATS
from conformance.report.render.text import curl_variables, reproduction_commands
from tests.report.documents import document, exchange, row

EARLIER = 'curl -sS -i -X POST first -H "Authorization: $FIRST"'
OWN = "curl -sS -i -X POST second"


def failed() -> dict[str, Any]:
    earlier = {"curl": EARLIER, "headers": [["Authorization", "$FIRST"]]}
    return row("state.after-rejection", "fail", evidence=[exchange(curl=OWN, earlier=earlier)])


def in_terminal(found: dict[str, Any]) -> str:
    (failure,) = found["requirements"]
    return "\n".join(reproduction_commands(failure, failure["evidence"][0]))


RENDERERS: dict[str, Callable[[dict[str, Any]], str]] = {
    **{name: FORMATS[name] for name in ("html", "markdown", "script")},
    "terminal": in_terminal,
}


@pytest.mark.parametrize("name", RENDERERS)
def test_the_commands_of_both_requests_are_shown_in_their_order(name: str) -> None:
    text = RENDERERS[name](document(failed())).replace("&#34;", '"').replace("\\", "")
    assert -1 < text.find(EARLIER) < text.find(OWN)


def test_the_variables_of_the_earlier_request_are_named() -> None:
    assert list(curl_variables(failed())) == ["FIRST"]
