"""Servers side by side as one HTML file, which loads nothing and has no script."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from conformance.report.render.html import EVIDENCE_BYTES, inlined, page_environment, template_text

from .clients import CLIENT_SIGNS, CLIENT_TONES, HARM_WORDS
from .model import SIGNS, TONES, Line, Matrix

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MOST_LINES = 1_000
"""Requirements of one section that are shown."""

MOST_LISTED = 300
"""Requirements of one area of one server that are listed, of each kind."""

LONGEST_COMMAND = 3_000
"""A longer curl line is not shown: there are many of them."""

Key = tuple[str, str]
"""A server's letter, and the id of a requirement."""


def matrix_html(matrix: Matrix) -> str:
    """*matrix* as a page. Texts are cut, and exchanges left out, where it would become too large; it says where."""
    environment = page_environment()
    shown = [*matrix.failing[:MOST_LINES], *matrix.differing[:MOST_LINES]]
    style = (
        template_text("report.css")
        + template_text("matrix.css")
        + f":root {{ --servers: {len(matrix.servers)}; }}\n"
    )
    return environment.get_template("matrix.html.jinja").render(
        matrix=matrix,
        found=_findings(matrix, shown, environment),
        linked={line.row["id"] for line in shown},
        signs=SIGNS,
        tones=dict.fromkeys(SIGNS, "") | TONES,
        client_signs=CLIENT_SIGNS,
        client_tones=CLIENT_TONES,
        harms=HARM_WORDS,
        most_lines=MOST_LINES,
        most_listed=MOST_LISTED,
        **inlined(style),
    )


def _findings(matrix: Matrix, lines: Sequence[Line], environment: Environment) -> dict[Key, Markup | None]:
    """What each server did with each requirement that it does not keep; None where there is no room."""
    template = environment.get_template("finding.html.jinja")
    render = template.module.finding  # type: ignore[attr-defined]  # a macro of the template
    room = EVIDENCE_BYTES
    found: dict[Key, Markup | None] = {}
    for server, row in chain.from_iterable(map(matrix.told, lines)):
        text: Markup | None = render(row, LONGEST_COMMAND) if room > 0 else None
        room -= len((text or "").encode())
        found[server.letter, row["id"]] = text
    return found
