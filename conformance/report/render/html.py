"""A report as one HTML file. It loads nothing, and does not run anything that the target sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from conformance.contract import Client
from conformance.contract.requirements.severity import SEVERITIES
from conformance.exit_codes import Exit
from conformance.report.model.compatibility import SIGNS, TONES, Compatibility, known_clients
from conformance.report.model.headline import headline, verdict_text
from conformance.report.model.nothing_tested import why_not_testable
from conformance.report.model.root_causes import STANDINGS, Cause, Row, first_fix, group_similar, root_causes
from conformance.report.model.tally import failure_tally

from .audit import audit_lines, time_plots
from .charts import (
    BAR_HEIGHT,
    MAX_SCHEMES,
    area_bars,
    credential_chart,
    given_credentials,
    is_unexpected,
    latency_chart,
    scheme_letters,
    series_chart,
)
from .page import MAX_EVIDENCE_BYTES, inlined_assets, page_environment, template_text
from .stability import cosine_chart
from .summary import MAX_CAUSES
from .text import (
    COMPRESSED,
    NOT_FAILING,
    VARIABLES,
    all_variables,
    in_process_note,
    is_compressed,
    operation_of,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MAX_HINTS = 5
"""Causes at the top of the page that have their hints; the first screen has room for about so many."""

MAX_REASONS = 3
"""Requirements that are named for a client, besides the numbers of causes."""

MAX_FINDINGS_BYTES = 500_000
"""Bytes of what is shown about the further requirements of all causes."""

MAX_COMMAND = 3_000
"""Characters of the command of a further requirement. A longer one is not shown."""


def html(document: Mapping[str, Any]) -> str:
    """The HTML page of a JSON report.

    Long texts are cut, and exchanges left out, to bound the size of the file; the page says where. Raises KeyError,
    TypeError or jinja2.UndefinedError if *document* does not conform to ``report.schema.json``.
    """
    environment = page_environment()
    rows = document["requirements"]
    found = root_causes(rows)
    groups = {
        standing: group_similar(cause for cause in found if cause.standing == standing)
        for standing in STANDINGS
    }
    shown = list(chain.from_iterable(groups.values()))
    clients = known_clients(rows)
    numbers = {cause.row["id"]: number for number, group in enumerate(shown, 1) for cause in group}
    exchanges, left_out = _exchanges([group[0].row for group in shown], environment)
    return environment.get_template("report.html.jinja").render(
        run=document,
        headline=headline(document),
        verdict=verdict_text(document),
        hint=first_fix(document),
        tally=failure_tally(document),
        not_failing=NOT_FAILING,
        variables=f"{VARIABLES}: {', '.join(names)}" if (names := all_variables(document)) else "",
        why_not_testable=why_not_testable(document) if document["exit_code"] == Exit.USAGE else "",
        operation=operation_of(document),
        in_process_note=in_process_note(document),
        clients=clients,
        signs=SIGNS,
        tones=TONES,
        severities=SEVERITIES,
        groups=groups,
        numbers=numbers,
        reasons={client.name: _reasons(one, rows, numbers) for client, one in clients.items()},
        broken=_broken_clients(clients),
        max_overview=MAX_CAUSES,
        max_hints=MAX_HINTS,
        exchanges=exchanges,
        findings=_findings(shown, environment),
        left_out=left_out,
        areas=area_bars(rows),
        bar_height=BAR_HEIGHT,
        counts=_counts(rows),
        max_schemes=MAX_SCHEMES,
        sets=_credential_sets(document["credentials"]),
        latency_chart=latency_chart(document["latency"]),
        cosine_chart=cosine_chart(document),
        series_chart=series_chart(document.get("canaries", [])),
        audit_lines=list(audit_lines(section)) if (section := document.get("audit")) else [],
        time_plots=time_plots(section) if section else [],
        **inlined_assets(template_text("report.css"), template_text("report.js")),
    )


def _broken_clients(clients: Mapping[Client, Compatibility]) -> dict[str, list[str]]:
    """The names of the clients that the failure of each requirement breaks, by its id."""
    broken: dict[str, list[str]] = {}
    for client, found in clients.items():
        for one in found.breaks:
            broken.setdefault(one.row["id"], []).append(client.name)
    return broken


def _reasons(found: Compatibility, rows: Iterable[Row], numbers: Mapping[str, int]) -> dict[str, str]:
    """The requirements that explain the result of a client, by id: those that break it, or else those without a result.

    The value is a note, for instance that it was not tested. A blocked requirement is replaced by the one that blocks
    it. Each cause has one requirement, and without *numbers* of causes there are at most MAX_REASONS.
    """
    blocked_by = {row["id"]: row["blocked_by"] for row in rows}
    reasons = {one.row["id"]: "" for one in found.breaks}
    for id, why in () if found.breaks else found.unknown:
        root = blocked_by.get(id)
        reasons.setdefault(root or id, "" if root else why)
    causes = {numbers[id]: id for id in reversed(reasons) if id in numbers}
    others = [id for id in reasons if id not in numbers]
    return {id: reasons[id] for id in [*(causes[number] for number in sorted(causes)), *others[:MAX_REASONS]]}


def _exchanges(rows: Sequence[Row], environment: Environment) -> tuple[dict[str, list[Markup]], int]:
    """The exchanges of each of *rows* as HTML, by its id, and the number of exchanges that do not fit.

    The first exchange of every requirement has priority over the second one of any.
    """
    render = _macro(environment, "exchange")
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


def _findings(groups: Iterable[Sequence[Cause]], environment: Environment) -> dict[str, Markup]:
    """The first exchange in short of each further requirement of *groups*, by its id, as far as they fit."""
    render = _macro(environment, "finding")
    findings: dict[str, Markup] = {}
    room = MAX_FINDINGS_BYTES
    for cause in (cause for group in groups for cause in group[1:]):
        text = render(cause.row, MAX_COMMAND, with_baseline=False)
        room -= len(text.encode())
        if room > 0:
            findings[cause.row["id"]] = text
    return findings


def _macro(environment: Environment, name: str) -> Callable[..., Markup]:
    """The macro *name* in the template of that name."""
    macro: Callable[..., Markup] = getattr(environment.get_template(f"{name}.html.jinja").module, name)
    return macro


def _counts(rows: Sequence[Row]) -> dict[str, Any]:
    """The number of rows by area, level, verdict and standing."""
    return {key: Counter(row[key] for row in rows) for key in ("id", "area", "level", "verdict", "standing")}


def _credential_sets(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The tested sets of credentials, the unexpected results first, and a chart of the sets of given credentials.

    An accepted set comes before other unexpected results. ``others`` are the headers without given credentials.
    """
    shown = given_credentials(credentials)
    names = {scheme["name"] for scheme in shown["schemes"]}
    sets = [
        entry
        for entry in credentials["sets"]
        if entry["found"] is not None or names.issuperset(entry["schemes"])
    ]
    unexpected = sorted(filter(is_unexpected, sets), key=lambda entry: entry["found"] != "accepted")
    return {
        "headers": {scheme["name"]: scheme["header"] for scheme in credentials["schemes"]},
        "others": [scheme["header"] for scheme in credentials["schemes"] if scheme["name"] not in names],
        "letters": scheme_letters(shown["schemes"][:MAX_SCHEMES]),
        "total": len(sets),
        "chart": credential_chart(shown) if names else None,
        "unexpected": unexpected,
        "expected": Counter(entry["expected"] for entry in sets),
        "found": Counter(entry["found"] or "not tested" for entry in sets),
    }
