"""User-facing text is plain technical English: no word of ``words.AVOID``, short titles, right plurals."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.contract.spec_files import profile_overlays

from .words import AVOID, PLURAL_OF_ONE

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = [(re.compile(rf"\b(?:{avoid})\b", re.I), instead) for avoid, instead in AVOID.items()]
PUBLISHED_BY_OTHERS = {"spec/portkey-embeddings.md", "spec/portkey-embeddings.yaml", "spec/provenance.yaml"}
PROFILES = tuple(profile_overlays())
WORDS_OF_A_TITLE = 12
ROW_OF_IDS = re.compile(r"\s*(?:\| `[^`]+` \| `[^`]+` \||- \{id: \S+, successor: \S+\})$")
"""A row with the old and the new id of a requirement: of the changelog, or of the catalogue's list."""
QUOTATION = "> "
"""The beginning of a line that others have written, in a document."""
PROSE = (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))
"""Python 3.12 has tokens of their own for the text of f-strings."""


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository that match *patterns*."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in sorted(set(listed.stdout.split())) if (ROOT / name).is_file()]


def lines_of(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of *file* that hold prose: of Python source those with comments and strings, and names of tests."""
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in PROSE:
            yield from enumerate(token.string.splitlines(), token.start[0])
        elif token.type == tokenize.NAME and token.string.startswith("test_"):
            yield token.start[0], token.string.replace("_", " ")


def with_line_breaks(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """*lines*, and each two lines that follow each other as one: a phrase may have a line break in it."""
    before = (-1, "")
    for number, line in lines:
        if ROW_OF_IDS.match(line):
            continue
        yield number, line
        if number == before[0] + 1:
            yield number, f"{before[1].rstrip()} {line.lstrip(' #')}"
        before = (number, line)


def findings(files: list[Path]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {found[0]!r}; write: {instead}"
        for file in files
        if str(file.relative_to(ROOT)) not in PUBLISHED_BY_OTHERS and file.parent != Path(__file__).parent
        for number, line in with_line_breaks(lines_of(file))
        for pattern, instead in PATTERNS
        if (found := pattern.search(line))
    ]


@pytest.mark.parametrize(
    "patterns",
    [
        ("*.md",),
        ("*.yaml", "*.toml", "*.yml", "tox.ini"),
        ("conformance/*.py", "conformance/*.jinja", "*.js", "*.cjs", "*.mjs", "*.c"),
        ("tests/*.py", "tools/*.py", "examples/*.py", "benchmarks/*.py"),
    ],
    ids=["documents", "data", "code", "tests"],
)
def test_text_uses_plain_words(patterns: tuple[str, ...]) -> None:
    found = findings(tracked(*patterns))
    assert found == [], "\n" + "\n".join(found[:60])


@pytest.mark.parametrize("profile", PROFILES)
def test_titles_have_at_most_twelve_words(profile: str) -> None:
    catalogue = Contract.load(profile=profile).catalogue
    assert [r.title for r in catalogue.values() if len(r.title.split()) > WORDS_OF_A_TITLE] == []


def test_one_thing_has_no_plural() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:90]}"
        for file in tracked("*.md")
        for number, line in lines_of(file)
        if re.search(PLURAL_OF_ONE, line) and not line.startswith(QUOTATION)
    ]
    assert found == []


def test_numbers_in_messages_get_their_noun_from_one_function() -> None:
    """``f"{n} requests"`` is wrong for 1."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in tracked("conformance/*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
        for number, noun in zip(node.values, node.values[1:], strict=False)
        if isinstance(number, ast.FormattedValue) and isinstance(noun, ast.Constant)
        if re.match(
            r" (?:requests|failures|requirements|mutants|servers|checks|items|texts)\b", str(noun.value)
        )
    ]
    assert found == []


def test_the_lint_finds_what_it_is_for() -> None:
    for sentence in (
        "It can not be had.",
        "Valid credentials for nobody are accepted",
        "the tokeniser's behaviour",
    ):
        assert any(pattern.search(sentence) for pattern, _ in PATTERNS), sentence
    broken = with_line_breaks([(1, "internal: the suite"), (2, "    # itself broke")])
    assert any(pattern.search(line) for _, line in broken for pattern, _ in PATTERNS)
    assert re.search(PLURAL_OF_ONE, "It sent 1 requests.")
    assert not re.search(PLURAL_OF_ONE, "It sent 1 request, then 21 requests.")


def test_the_glossary_is_short() -> None:
    """At most 15 terms are ours; others are explained where they are used."""
    page = (ROOT / "docs" / "reference" / "glossary.md").read_text("utf-8")
    terms = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| term")]
    assert 10 <= len(terms) <= 15
