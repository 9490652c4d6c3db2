"""The report of a run as one HTML file, which loads nothing, and runs nothing that came from the target."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.contract import LEVELS
from conformance.report.model.alike import hint
from conformance.report.model.root_causes import STANDINGS, Cause, Row, causes

from .charts import MOST_SCHEMES, is_wrong, letters, matrix, plot, seconds_text
from .text import visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")

LONGEST = 2_600
"""Characters that are shown of one text: a body as the report has it (``exchange.MAX_BODY``) fits, escapes and all."""

LONGEST_CURL = 20_000
"""A longer curl line is not shown; a part of one would be of no use."""

MOST_HEADERS = 20
"""How many headers of one message are shown."""

EVIDENCE_BYTES = 3_000_000
"""What all exchanges may take of the file, so that it stays under 5 MB whatever the target answers."""


def html(document: Mapping[str, Any]) -> str:
    """The HTML report of *document*, a report in its JSON form.

    Texts are cut, and exchanges left out, where the file would become too large; it says where. Raises
    KeyError, TypeError or jinja2.UndefinedError where *document* is not of the form that ``report.schema.json``
    describes.
    """
    environment = page_environment()
    wrong = causes(document["requirements"])
    exchanges, left_out = _exchanges(wrong, environment)
    return environment.get_template("report.html.jinja").render(
        run=document,
        hint=hint(document),
        causes={standing: [cause for cause in wrong if cause.standing == standing] for standing in STANDINGS},
        exchanges=exchanges,
        left_out=left_out,
        areas=_areas(document["requirements"]),
        counts=_counts(document["requirements"]),
        sets=_sets(document["credentials"]),
        plot=plot(document["latency"]),
        **inlined(template_text("report.css"), template_text("report.js")),
    )


def shown(text: str, most: int = LONGEST, *, lines: bool = False) -> str:
    """*text* with control, format and bidirectional characters made visible, and cut to *most* characters.

    With *lines*, its line feeds stay what they are.
    """
    begin = text[:most]
    seen = "\n".join(map(visible, begin.split("\n"))) if lines else visible(begin)
    if len(text) <= most and len(seen) <= most:
        return seen
    return f"{seen[:most]} ... ({len(text):,} characters)"


def anchor(id: str) -> str:
    """Requirement *id* as a part of an HTML id and of a fragment."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", id)


def page_environment() -> Environment:
    """Jinja2 as the pages need it; imported here, because most runs write no HTML.

    Whatever a template prints goes through ``shown`` and is escaped: none can forget to.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=lambda value: (
            value if isinstance(value, Markup) or not isinstance(value, str) else shown(value)
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "anchor": anchor,
        "curl": lambda line: Markup.escape(line) if _is_copyable(line) else "",
        "count": lambda rows, key: Counter(row[key] for row in rows),
        "cut": lambda text, most: Markup.escape(shown(text, most)),
        "lines": lambda text: Markup.escape(shown(text, lines=True)),
        "seconds": seconds_text,
    }
    environment.globals["MOST_HEADERS"] = MOST_HEADERS
    return environment


def _is_copyable(line: str) -> bool:
    """Whether a curl line stays what it is in HTML, which has neither lone surrogates nor every control character."""
    return len(line) <= LONGEST_CURL and line.isprintable()


def _exchanges(wrong: Sequence[Cause], environment: Environment) -> tuple[dict[str, list[Markup]], int]:
    """The exchanges of each requirement as HTML, and how many there is no room for.

    The first ones of all requirements go before the second ones of any.
    """
    render: Callable[[Mapping[str, Any], int], Markup] = environment.get_template(
        "exchange.html.jinja"
    ).module.exchange  # type: ignore[attr-defined]  # a macro of the template
    rows = [row for cause in wrong for row in (cause.row, *cause.blocked)]
    told: dict[str, list[Markup]] = {row["id"]: [] for row in rows}
    in_turn = sorted(
        ((number, row) for row in rows for number in range(len(row["evidence"]))), key=lambda pair: pair[0]
    )
    room = EVIDENCE_BYTES
    for done, (number, row) in enumerate(in_turn):
        text = render(row["evidence"][number], number + 1)
        room -= len(text.encode())
        if room < 0:
            return told, len(in_turn) - done
        told[row["id"]].append(text)
    return told, 0


def _areas(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each area, in the catalogue's order."""
    areas: dict[str, list[Row]] = {}
    for row in rows:
        areas.setdefault(row["area"], []).append(row)
    return areas


def _counts(rows: Sequence[Row]) -> dict[str, Any]:
    """How many rows there are of each kind that the page names."""
    return {
        **{key: Counter(row[key] for row in rows) for key in ("area", "level", "verdict", "standing")},
        "bad": {
            level: sum((row["standing"], row["level"]) == ("bad", level) for row in rows) for level in LEVELS
        },
    }


def _sets(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """The sets of credentials: as a picture, where they are not too many, and what went wrong, the open doors first."""
    entries = credentials["sets"]
    wrong = sorted(filter(is_wrong, entries), key=lambda entry: entry["found"] != "accepted")
    return {
        "headers": {scheme["name"]: scheme["header"] for scheme in credentials["schemes"]},
        "letters": letters(credentials["schemes"][:MOST_SCHEMES]),
        "matrix": matrix(credentials),
        "wrong": wrong,
        "expected": Counter(entry["expected"] for entry in entries),
        "found": Counter(entry["found"] or "not tested" for entry in entries),
    }


@cache
def template_text(name: str) -> str:
    """The file *name* beside the templates."""
    return (TEMPLATES / name).read_text("utf-8")


def inlined(style: str, script: str = "") -> dict[str, Any]:
    """Style and script, and the policy that lets these and nothing else do anything (CSP Level 3, 2.3.1)."""
    from markupsafe import Markup

    allowed = {"style-src": style, "script-src": script}
    directives = [f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items() if text]
    policy = "; ".join(["default-src 'none'", *directives, "base-uri 'none'", "form-action 'none'"])
    return {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
