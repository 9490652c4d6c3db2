"""The matrix as one HTML file, which loads nothing and has no script."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from conformance.report.model import compatibility
from conformance.report.model.headline import headline
from conformance.report.render.page import MAX_EVIDENCE_BYTES, inlined_assets, page_environment, template_text

from .model import FIDELITY, FIDELITY_NOTE, SIGNS, TONES, Matrix, RequirementResults

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MAX_REQUIREMENTS = 1_000
"""Requirements of one section."""

MAX_LISTED = 300
"""Requirements of one area of one server, for each result."""

MAX_COMMAND = 3_000
"""Characters of a curl command. A page has many of them, so a longer one is not shown."""

Key = tuple[str, str]
"""A server's letter and the id of a requirement."""


def matrix_html(matrix: Matrix) -> str:
    """*matrix* as a page. It cuts long texts and leaves out exchanges to limit its size, and says where."""
    environment = page_environment()
    shown = [*matrix.failing[:MAX_REQUIREMENTS], *matrix.differing[:MAX_REQUIREMENTS]]
    style = (
        template_text("report.css")
        + template_text("matrix.css")
        + f":root {{ --servers: {len(matrix.servers)}; }}\n"
    )
    return environment.get_template("matrix.html.jinja").render(
        matrix=matrix,
        findings=_findings(matrix, shown, environment),
        headlines=[headline(server.document) for server in matrix.servers],
        linked={requirement.row["id"] for requirement in shown},
        signs=SIGNS,
        fidelity_columns=FIDELITY,
        fidelity_note=FIDELITY_NOTE,
        tones=dict.fromkeys(SIGNS, "") | TONES,
        client_signs=compatibility.SIGNS,
        client_tones=compatibility.TONES,
        consequences=compatibility.CONSEQUENCES,
        max_requirements=MAX_REQUIREMENTS,
        max_listed=MAX_LISTED,
        **inlined_assets(style),
    )


def _findings(
    matrix: Matrix, requirements: Sequence[RequirementResults], environment: Environment
) -> dict[Key, Markup | None]:
    """The finding for each server and requirement that did not pass; None if the page has no room for it."""
    template = environment.get_template("finding.html.jinja")
    render = template.module.finding  # type: ignore[attr-defined]  # a macro of the template
    room = MAX_EVIDENCE_BYTES
    findings: dict[Key, Markup | None] = {}
    for server, row in chain.from_iterable(map(matrix.not_passed, requirements)):
        text: Markup | None = render(row, MAX_COMMAND) if room > 0 else None
        room -= len((text or "").encode())
        findings[server.letter, row["id"]] = text
    return findings
