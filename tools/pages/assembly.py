"""All pages, by their path in the site."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from . import capabilities, catalogue, commands, errata, options, profiles, python, report_fields
from .markdown import fenced

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

PARTS: Mapping[str, Callable[[], str]] = {
    "options": options.table,
    "kinds": options.kinds,
    "commands": commands.sections,
    "profiles": profiles.table,
    "areas": catalogue.table,
    "capabilities": capabilities.table,
    "errata": errata.sections,
    "report": report_fields.sections,
    "library": python.sections,
}
"""The generated parts: each replaces the comment ``generated`` with its name in a page of ``docs/``."""

MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
FILE = re.compile(r"^<!-- file: (\S+) -->$", re.MULTILINE)
"""The comment that a page replaces by a file of the project."""

FOR_TESTS = re.compile(r"^<!-- (?:server|copy|not run): [^\n]* -->\n+", re.MULTILINE)
"""Comments that only the tests of the pages read."""

LANGUAGES = {".yml": "yaml", ".yaml": "yaml", ".py": "python"}

OTHER_PAGES = {"evidence/side-by-side.md": ROOT / "benchmarks" / "side-by-side.md"}
"""Pages from other folders."""


def pages() -> dict[str, str]:
    """The text of each page in Markdown."""
    written = {str(file.relative_to(DOCS)): file for file in DOCS.rglob("*.md")} | OTHER_PAGES
    filled = {name: _filled(file.read_text("utf-8")) for name, file in written.items()}
    return filled | catalogue.pages()


def write(folder: Path) -> None:
    """Replace *folder* by all pages and the other files of ``docs/``."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(DOCS, folder)
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _filled(text: str) -> str:
    """*text* with its generated parts and files. Raises KeyError for the name of a part that does not exist."""
    filled = MARK.sub(lambda found: PARTS[found[1]](), FOR_TESTS.sub("", text))
    return FILE.sub(lambda found: _file(ROOT / found[1]), filled)


def _file(file: Path) -> str:
    return fenced(f'{LANGUAGES[file.suffix]} title="{file.name}"', file.read_text("utf-8"))
