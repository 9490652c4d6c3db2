"""All pages, by their path below the site's root."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from . import catalogue, commands, errata, options, profiles, python, report_form
from .markdown import fenced

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

PARTS: Mapping[str, Callable[[], str]] = {
    "options": options.table,
    "kinds": options.kinds,
    "commands": commands.sections,
    "profiles": profiles.table,
    "areas": catalogue.table,
    "errata": errata.sections,
    "report": report_form.sections,
    "library": python.sections,
}
"""What stands in a page of ``docs/`` where it has the comment ``generated`` with one of these names."""

MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
FILE = re.compile(r"^<!-- file: (\S+) -->$", re.MULTILINE)
"""Where a page shows a file of the project."""

FOR_TESTS = re.compile(r"^<!-- (?:server|copy|not run): [^\n]* -->\n+", re.MULTILINE)
"""What only the tests of the pages read."""

LANGUAGES = {".yml": "yaml", ".yaml": "yaml", ".py": "python"}

ELSEWHERE = {"evidence/side-by-side.md": ROOT / "benchmarks" / "side-by-side.md"}
"""Pages whose home is another folder."""


def pages() -> dict[str, str]:
    """The text of each page in Markdown."""
    written = {str(file.relative_to(DOCS)): file for file in DOCS.rglob("*.md")} | ELSEWHERE
    filled = {name: _filled(file.read_text("utf-8")) for name, file in written.items()}
    return filled | catalogue.pages()


def write(folder: Path) -> None:
    """Write all pages, and what else is in ``docs/``, into *folder*, in place of what is there."""
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
