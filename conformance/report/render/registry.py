"""The formats of a report.

To add a format:

1. Write one module in this folder, with one function from a JSON report to text. Import costly packages inside it.
2. Add the function to FORMATS.
3. Add an option of the same name to ``conformance/config/options.py``. The commands ``run --NAME`` and
   ``report --NAME``, ``pytest --conformance-NAME``, the configuration file, ``check()`` and the documentation follow
   from it.

The option is separate because the plugin declares its options in every pytest session, where importing this package
would cost time. A format without an option is never rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .badge import badge
from .har import har
from .html import html
from .json_text import report_json
from .junit import junit
from .markdown import markdown
from .script import script

Document = Mapping[str, Any]
"""A report as JSON-compatible data; ``report.schema.json`` describes it."""

FORMATS: Mapping[str, Callable[[Document], str]] = {
    "json": report_json,
    "html": html,
    "markdown": markdown,
    "badge": badge,
    "har": har,
    "script": script,
    "junitxml": junit,
}
"""The function that renders each format, by the name of its option."""
