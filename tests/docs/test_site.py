"""Generated pages, and the site."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
import yaml

from conformance import Contract
from tests.docs.pages import ROOT
from tools.pages import pages, with_blocks

CONFIG = ROOT / "mkdocs.yml"


class Page(HTMLParser):
    """The anchors, the links and the loaded files of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.add(found.get("id", ""))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.loaded.append(found["href"])
        elif tag in ("script", "img", "iframe") and "src" in found:
            self.loaded.append(found["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built in strict mode."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "mkdocs.yml").write_text(CONFIG.read_text("utf-8"), "utf-8")
    tools = [sys.executable, "-m", "tools.pages", str(folder / "build" / "docs")]
    subprocess.run(tools, cwd=ROOT, check=True)
    built = subprocess.run(
        [str(Path(sys.executable).with_name("zensical")), "build", "--strict", "--clean"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "build" / "site"


def html(site: Path) -> dict[Path, Page]:
    return {
        file.resolve(): Page(file.read_text("utf-8"))
        for file in site.rglob("*.html")
        if file.name != "404.html"
    }


def test_every_requirement_has_an_anchor() -> None:
    written = pages()
    for requirement in Contract.load().catalogue.values():
        page = written[f"reference/requirements/{requirement.area}.md"]
        assert page.count(f"{{ #{requirement.id} }}") == 1


def test_navigation_has_every_page_once() -> None:
    listed = list(leaves(yaml.safe_load(CONFIG.read_text("utf-8"))["nav"]))
    assert sorted(listed) == sorted(pages())


def leaves(node: Any) -> Iterator[str]:
    match node:
        case str():
            yield node
        case dict():
            yield from leaves(list(node.values()))
        case list():
            for item in node:
                yield from leaves(item)


def test_no_page_of_the_site_has_a_comment_of_a_generated_part() -> None:
    assert [
        name for name, text in pages().items() if re.search(r"<!-- (generated|file|end of)\b", text)
    ] == []


def test_the_generated_parts_in_the_pages_are_current() -> None:
    texts = {file: file.read_text("utf-8") for file in (ROOT / "docs").rglob("*.md")}
    stale = [file.name for file, text in texts.items() if with_blocks(text) != text]
    assert stale == [], "run: tox -e refresh -- blocks"


def test_an_empty_and_an_old_part_are_filled_in_the_same_way() -> None:
    empty = "Before.\n\n<!-- generated: profiles -->\n\nAfter.\n"
    filled = with_blocks(empty)
    assert with_blocks(filled.replace("portkey", "old")) == filled
    assert filled.startswith("Before.\n\n<!-- generated: profiles -->\n\n| profile | for |\n")
    assert filled.endswith("|\n\n<!-- end of profiles -->\n\nAfter.\n")


def test_links_to_files_of_other_folders_are_links_within_the_site() -> None:
    assert "[This comparison](evidence/side-by-side.md)" in pages()["architecture.md"]


def test_links_between_the_files_of_the_project_are_valid() -> None:
    broken = [
        (file.name, link)
        for file in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for link in re.findall(r"\]\(([\w./-]+)\)", file.read_text("utf-8"))
        if not (file.parent / link).exists()
    ]
    assert broken == []


@pytest.mark.docs
def test_internal_links_are_valid(site: Path) -> None:
    found = html(site)
    broken = []
    for file, page in found.items():
        for link in page.links:
            path, fragment = urldefrag(link)
            if "://" in path:
                continue
            target = (file.parent / unquote(path)).resolve() if path else file
            if target not in found or (fragment and unquote(fragment) not in found[target].ids):
                broken.append((file.name, link))
    assert not broken
    assert len(found) == len(pages())


@pytest.mark.docs
def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    loaded = {address for page in html(site).values() for address in page.loaded}
    assert loaded
    assert [address for address in loaded if "//" in address] == []
