"""The page with the table of vendors' contracts."""

from __future__ import annotations

from collections import Counter

from tests.contract_mutants.runs import Findings
from tools.contracts import PAGE, with_table


def test_the_table_has_a_row_for_each_document() -> None:
    verdicts = Counter({"pass": 7, "not-tested": 1, "blocked": 1})
    good = Findings("good", "OpenAPI 3.1.0", 0.25, 1, 9, verdicts, {"x": False})
    page = with_table(PAGE.read_text("utf-8"), [good, Findings("bad", problem="no member 'openapi'")])
    assert "| `good` | OpenAPI 3.1.0 | 250 ms | 1 | 9 | 7 | 1 | 1 | 0 of 1 |" in page
    assert "- `bad`: no member 'openapi'" in page
    assert "- `good`: x" in page
