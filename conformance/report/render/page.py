"""The parts that all HTML pages share: the Jinja2 environment, bounds and escapes of text, and the security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.contract import SOURCE_KINDS
from conformance.report.model.exchange import shown_result
from conformance.report.model.hints import likely_cause
from conformance.text import counted, visible

from .charts import seconds_text

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")

MAX_TEXT = 2_600
"""Characters of one text. A body of the report (``bounds.MAX_BODY``) fits, including its escapes."""

MAX_CURL = 20_000
"""Characters of a curl command. A longer one is not shown, because a part of a command is useless."""

MAX_HEADERS = 20
"""Headers of one message."""

MAX_EVIDENCE_BYTES = 3_000_000
"""Bytes of all exchanges, so that the file stays under 5 MB whatever the target sends."""

RESULT_WORDS = {None: "not tested", "refused": "rejected"}
"""The results for a set of credentials whose word differs from their value in the JSON report."""


def bounded_line(text: str, limit: int = MAX_TEXT, *, lines: bool = False) -> str:
    """*text* with control, format and bidirectional characters as escapes, cut to *limit* characters.

    With *lines*, line feeds are kept.
    """
    begin = text[:limit]
    shown = "\n".join(map(visible, begin.split("\n"))) if lines else visible(begin)
    if len(text) <= limit and len(shown) <= limit:
        return shown
    return f"{shown[:limit]} ... ({len(text):,} characters)"


def headers_left_out(message: Mapping[str, Any]) -> int:
    """The number of headers of a request or response that are not shown."""
    left_out: int = message.get("more_headers", 0)
    return left_out + max(0, len(message["headers"]) - MAX_HEADERS)


def requirement_anchor(id: str) -> str:
    """Requirement *id* as a part of an HTML id and of a URL fragment."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", id)


def page_environment() -> Environment:
    """The Jinja2 environment of all pages. Jinja2 is imported here, because most runs write no HTML.

    Every value that a template prints passes through ``bounded_line`` and is escaped, so that no template can omit it.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=lambda value: (
            value if isinstance(value, Markup) or not isinstance(value, str) else bounded_line(value)
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "anchor": requirement_anchor,
        "headers_left_out": headers_left_out,
        "curl": lambda line: Markup.escape(line) if _is_copyable(line) else "",
        "cut": lambda text, limit: Markup.escape(bounded_line(text, limit)),
        "lines": lambda text: Markup.escape(bounded_line(text, lines=True)),
        "counted": counted,
        "result_word": lambda found: RESULT_WORDS.get(found, found),
        "in_table": lambda key, table: table.get(key, []),
        "likely_cause": likely_cause,
        "shown_result": shown_result,
        "seconds": seconds_text,
    }
    environment.globals |= {"MAX_HEADERS": MAX_HEADERS, "source_kinds": SOURCE_KINDS}
    return environment


@cache
def template_text(name: str) -> str:
    """The text of the file *name* in the folder of the templates."""
    return (TEMPLATES / name).read_text("utf-8")


def inlined_assets(style: str, script: str = "") -> dict[str, Any]:
    """Style, script, and the policy that allows only these two (CSP Level 3, 2.3.1)."""
    from markupsafe import Markup

    allowed = {"style-src": style, "script-src": script}
    directives = [f"{name} 'sha256-{_digest(text)}'" for name, text in allowed.items() if text]
    policy = "; ".join(["default-src 'none'", *directives, "base-uri 'none'", "form-action 'none'"])
    return {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}


def _is_copyable(line: str) -> bool:
    """Whether HTML can show a curl command unchanged: it has no lone surrogates and not every control character."""
    return len(line) <= MAX_CURL and line.isprintable()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
