"""A report as one HTML file. It loads nothing, and does not run anything that the target sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conformance.report.model.compatibility import SIGNS, known_clients
from conformance.report.model.root_causes import STANDINGS, Cause, Row, causes, hint
from conformance.report.model.tally import tally

from .charts import MAX_SCHEMES, credential_chart, is_unexpected, latency_chart, letters, series_chart
from .page import MAX_EVIDENCE_BYTES, inlined, page_environment, template_text
from .text import COMPRESSED, NOT_FAILING, is_compressed, operation_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def html(document: Mapping[str, Any]) -> str:
    """The HTML page of a JSON report.

    Long texts are cut, and exchanges left out, to bound the size of the file; the page says where. Raises KeyError,
    TypeError or jinja2.UndefinedError if *document* does not conform to ``report.schema.json``.
    """
    environment = page_environment()
    found = causes(document["requirements"])
    exchanges, left_out = _exchanges(found, environment)
    return environment.get_template("report.html.jinja").render(
        run=document,
        hint=hint(document),
        tally=tally(document),
        not_failing=NOT_FAILING,
        operation=operation_of(document),
        clients=known_clients(document["requirements"]),
        signs=SIGNS,
        causes={standing: [cause for cause in found if cause.standing == standing] for standing in STANDINGS},
        exchanges=exchanges,
        left_out=left_out,
        areas=_areas(document["requirements"]),
        counts=_counts(document["requirements"]),
        sets=_credential_sets(document["credentials"]),
        latency_chart=latency_chart(document["latency"]),
        series_chart=series_chart(document.get("canaries", [])),
        **inlined(template_text("report.css"), template_text("report.js")),
    )


def _exchanges(found: Sequence[Cause], environment: Environment) -> tuple[dict[str, list[Markup]], int]:
    """The exchanges of each requirement as HTML, and the number of exchanges that do not fit.

    The first exchange of every requirement has priority over the second one of any.
    """
    render: Callable[[Mapping[str, Any], int, bool, str], Markup] = environment.get_template(
        "exchange.html.jinja"
    ).module.exchange  # type: ignore[attr-defined]  # a macro of the template
    rows = [row for cause in found for row in (cause.row, *cause.blocked)]
    rendered: dict[str, list[Markup]] = {row["id"]: [] for row in rows}
    by_number = sorted(
        ((number, row) for row in rows for number in range(len(row["evidence"]))), key=lambda pair: pair[0]
    )
    room = MAX_EVIDENCE_BYTES
    for done, (number, row) in enumerate(by_number):
        item = row["evidence"][number]
        note = COMPRESSED if is_compressed(item) else ""
        text = render(item, number + 1, row.get("in_process", False), note)
        room -= len(text.encode())
        if room < 0:
            return rendered, len(by_number) - done
        rendered[row["id"]].append(text)
    return rendered, 0


def _areas(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each area, in the catalogue's order."""
    areas: dict[str, list[Row]] = {}
    for row in rows:
        areas.setdefault(row["area"], []).append(row)
    return areas


def _counts(rows: Sequence[Row]) -> dict[str, Any]:
    """The number of rows by area, level, verdict and standing."""
    return {key: Counter(row[key] for row in rows) for key in ("area", "level", "verdict", "standing")}


def _credential_sets(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The sets of credentials: as a chart if there are not too many, and the unexpected results, accepted first."""
    entries = credentials["sets"]
    unexpected = sorted(filter(is_unexpected, entries), key=lambda entry: entry["found"] != "accepted")
    return {
        "headers": {scheme["name"]: scheme["header"] for scheme in credentials["schemes"]},
        "letters": letters(credentials["schemes"][:MAX_SCHEMES]),
        "chart": credential_chart(credentials),
        "unexpected": unexpected,
        "expected": Counter(entry["expected"] for entry in entries),
        "found": Counter(entry["found"] or "not tested" for entry in entries),
    }
