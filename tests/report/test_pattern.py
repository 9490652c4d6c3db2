"""What the failed requests of a requirement have in common is in each format that shows a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.contract import load_clients
from conformance.report import FORMATS, Replayed, overview, replayed_lines
from conformance.report.matrix.html import matrix_html
from conformance.report.matrix.markdown import matrix_markdown
from conformance.report.matrix.model import compare_servers
from tests.report.documents import document, exchange, row, shape

PATTERN = "the server fails only with a chunked body"
COUNT = "response.count"
"""A requirement that all clients rely on."""

Document = dict[str, Any]


def failed() -> dict[str, Any]:
    item = exchange(pattern=PATTERN)
    reason = f"expected {item['expected']}; {PATTERN}; {item['actual']}"
    shapes = [shape(input="strings", encoding_format="base64")]
    return row(COUNT, "fail", evidence=[item], reason=reason, shapes=shapes)


def lines_of_a_replay(_: Document) -> str:
    return "\n".join(line.text for line in replayed_lines([Replayed(failed(), [])]))


RENDERERS: dict[str, Callable[[Document], str]] = {
    **{name: render for name, render in FORMATS.items() if name not in ("badge", "script")},
    "terminal": lambda found: "\n".join(line.text for line in overview(found)),
    "replay": lines_of_a_replay,
    "matrix as HTML": lambda found: matrix_html(compare_servers([found], load_clients())),
    "matrix as Markdown": lambda found: matrix_markdown(compare_servers([found], load_clients())),
}


@pytest.mark.parametrize("name", RENDERERS)
def test_the_pattern_is_shown(name: str) -> None:
    assert PATTERN in RENDERERS[name](document(failed()))
