"""All pages, by their path in the site, and the generated parts of the pages in ``docs/``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from posixpath import relpath

from . import (
    capabilities,
    catalogue,
    commands,
    errata,
    faulty_servers,
    modules,
    official_suite,
    options,
    profiles,
    python,
    report_fields,
)
from .markdown import fenced

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

PARTS: Mapping[str, Callable[[], str]] = {
    "options": options.table,
    "kinds": options.kinds,
    "commands": commands.sections,
    "profiles": profiles.table,
    "areas": catalogue.table,
    "severities": catalogue.severities,
    "capabilities": capabilities.table,
    "errata": errata.sections,
    "official-suite": official_suite.table,
    "faulty-servers": faulty_servers.bullets,
    "report": report_fields.sections,
    "library": python.sections,
    "modules": modules.table,
}
"""The generated parts, by the name in their comment ``generated``."""

BLOCK = re.compile(
    r"^<!-- (?P<kind>generated|file): (?P<name>\S+) -->$(?:\n\n.*?\n\n<!-- end of (?P=name) -->$)?",
    re.MULTILINE | re.DOTALL,
)
"""A generated part, or a file of the project, between two comments. A new part has only the first comment."""

FOR_TESTS = re.compile(r"^<!-- (?:server|copy|not run): [^\n]* -->\n+", re.MULTILINE)
"""Comments that only the tests of the pages read."""

LANGUAGES = {".yml": "yaml", ".yaml": "yaml", ".py": "python"}

OTHER_PAGES = {
    "evidence/side-by-side.md": ROOT / "benchmarks" / "side-by-side.md",
    "evidence/speed.md": ROOT / "benchmarks" / "speed.md",
}
"""Pages from other folders. In the project, the links to them are links to these files."""


def pages() -> dict[str, str]:
    """The text of each page in Markdown."""
    written = {str(file.relative_to(DOCS)): file for file in DOCS.rglob("*.md")} | OTHER_PAGES
    filled = {name: _filled(name, file.read_text("utf-8")) for name, file in written.items()}
    return filled | catalogue.pages()


def refresh() -> None:
    """Write the generated parts into the pages in ``docs/``."""
    for file in DOCS.rglob("*.md"):
        file.write_text(with_blocks(file.read_text("utf-8")), "utf-8")


def with_blocks(text: str) -> str:
    """The page *text* with its generated parts as they are now. Raises KeyError for an unknown part."""
    return BLOCK.sub(
        lambda block: (
            f"<!-- {block['kind']}: {block['name']} -->\n\n{_content(block)}\n\n<!-- end of {block['name']} -->"
        ),
        text,
    )


def write(folder: Path) -> None:
    """Replace *folder* by all pages and the other files of ``docs/``."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(DOCS, folder)
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _filled(name: str, text: str) -> str:
    """The *text* of the page *name* for the site: its generated parts without comments, its links within the site."""
    filled = BLOCK.sub(_content, FOR_TESTS.sub("", text))
    folder = (DOCS / name).parent
    for page, file in OTHER_PAGES.items():
        filled = filled.replace(f"]({relpath(file, folder)})", f"]({relpath(DOCS / page, folder)})")
    return filled


def _content(block: re.Match[str]) -> str:
    return PARTS[block["name"]]() if block["kind"] == "generated" else _file(ROOT / block["name"])


def _file(file: Path) -> str:
    return fenced(f'{LANGUAGES[file.suffix]} title="{file.name}"', file.read_text("utf-8"))
