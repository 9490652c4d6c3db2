"""A report as Markdown, for the summary that a CI shows (GitHub Flavored Markdown)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.report.model.alike import hint
from conformance.report.model.root_causes import Cause, Row, causes

from .text import clip, source, target_named, visible

Document = Mapping[str, Any]

LIMIT = 1_000_000
"""Bytes of a whole summary. GitHub shows none of a step's summary above 1 MiB; the rest is for what others add."""

NOTES = 1_000
"""Bytes kept for the words about what was cut."""

LONGEST_COMMAND = 10_000
"""Characters of a command that is shown: a longer one is no use where it can only be read."""

ENDINGS = {
    0: "✅ **The run passes.**",
    1: "❌ **The run fails.**",
    2: "⚠️ **The run was interrupted:** what it did not reach is not-tested.",
    3: "⚠️ **The suite itself broke:** the target is not to blame.",
    4: "⚠️ **The target could not be tested.**",
    5: "⚠️ **Nothing was exercised:** no requirement passed that shows the target at work.",
}

HARMLESS = re.compile(r"(?!.*www\.)(?:[A-Za-z0-9 ,.;?!'\"()-]|:(?= ))+", re.IGNORECASE)
"""Texts in which Markdown, and GitHub behind it, find nothing: no emphasis, link, mention, reference or emoji."""


def markdown(document: Document, *, limit: int = LIMIT) -> str:
    """The report in its JSON form as Markdown of at most *limit* bytes of UTF-8 (over 10,000).

    Failures come worst first, each with the number of requirements that it leaves unjudged. What does not fit is left
    out, with a word about it. Nothing that the target or the user has written is interpreted.
    """
    wrong = [cause for cause in causes(document["requirements"]) if cause.standing == "bad"]
    bad = [cause for cause in wrong if not _unjudged(cause)]
    parts = list(_head(document))
    room = limit - NOTES - _size(parts)
    failures = _fitting(map(_failure, bad), room)
    room -= _size(failures)
    parts += [*failures, *_cut(len(bad) - len(failures), "failures")]
    for title, rows in (
        ("Could not be judged, which fails the run", [cause.row for cause in wrong if _unjudged(cause)]),
        ("Known failures, and those below the failing level", _known(document)),
    ):
        lines = _fitting(map(_line, rows), room)
        room -= _size(lines)
        if rows:
            parts += _folded(f"{title}: {len(rows)}", lines)
        parts += _cut(len(rows) - len(lines), "of these")
    return "\n\n".join(parts) + "\n"


def code(text: str) -> str:
    """*text* as a code span, in which nothing is interpreted; control characters and the like are made visible."""
    shown = visible(text)
    if not shown.strip():
        return "(nothing)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str, language: str) -> str:
    """*text*, one line, as a block of code, made visible too."""
    shown = visible(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def prose(text: str) -> str:
    """*text* as it is where nothing in it can be interpreted; else as code."""
    return text if HARMLESS.fullmatch(text) else code(text)


def _head(document: Document) -> Iterator[str]:
    yield f"# Embeddings conformance: {prose(document['verdict'])}"
    bad = sum(row["standing"] == "bad" for row in document["requirements"])
    counted = f" Requirements that fail it: {bad}." if bad else ""
    yield ENDINGS[document["exit_code"]] + counted
    if look_first := hint(document):
        yield prose(look_first)
    yield "\n".join(_facts(document))
    levels = document["summary"]
    shown = [verdict for verdict in levels["must"] if any(counts[verdict] for counts in levels.values())]
    areas: dict[str, Counter[str]] = {}
    for row in document["requirements"]:
        areas.setdefault(row["area"], Counter())[row["verdict"]] += 1
    yield _table("level", {level.upper(): counts for level, counts in levels.items()}, shown)
    yield _table("area", areas, shown)


def _facts(document: Document) -> Iterator[str]:
    target, suite = document["target"], document["suite"]
    server = f", {code(clip(target['server_header']))}" if target["server_header"] else ""
    yield f"- Target: {code(clip(target_named(target)))}{server}"
    yield f"- Contract: {code(clip(document['contract']['file']))}, profile {code(clip(document['profile']))}"
    yield (
        f"- Sent: {document['requests']:,} requests, about {document['prompt_tokens']:,} prompt tokens,"
        f" in {document['seconds']:.1f} s"
    )
    yield f"- Run: {code(document['started'])}, by {prose(suite['name'])} {code(suite['version'])}"


def _table(name: str, groups: Mapping[str, Mapping[str, int]], shown: Sequence[str]) -> str:
    lines = [f"| {name} | {' | '.join(shown)} |", f"|---|{'---:|' * len(shown)}"]
    for group, counts in groups.items():
        label = re.sub(r"[^\w .-]", "?", group)
        lines.append(f"| {prose(label)} | {' | '.join(str(counts[verdict] or '') for verdict in shown)} |")
    return "\n".join(lines)


def _failure(cause: Cause) -> str:
    row = cause.row
    facts = [
        f"**Requirement**: {prose(clip(row['title']))}",
        f"**Source**: {code(clip(source(row['source'])))}",
    ]
    evidence = row["evidence"][:1]
    for item in evidence:
        facts.append(f"**Expected**: {code(clip(item['expected']))} for {code(clip(item['probe']))}")
        facts.append(f"**Actual**: {code(clip(item['actual']))}")
    if not evidence or row["verdict"] != "fail" or row["baseline"]:
        facts.append(f"**Reason**: {code(clip(row['reason']))}")
    if cause.blocked:
        facts.append(f"**Blocks**: {len(cause.blocked)} more, which could not be judged")
    verdict = "stale in the baseline" if row["verdict"] == "pass" else row["verdict"]
    title = f"### {row['level'].upper()} {code(clip(row['id']))}: {verdict}"
    listed = "\n".join(f"- {fact}" for fact in facts)
    return "\n\n".join([title, listed, *(_reproduction(row, item["curl"]) for item in evidence)])


def _reproduction(row: Row, command: str) -> str:
    of = f" the first of {row['failures']} exchanges" if row["failures"] > 1 else ""
    if len(command) > LONGEST_COMMAND:
        return f"**Reproduce**{of}: its command has {len(command):,} characters; the HTML and JSON reports have it."
    return f"**Reproduce**{of}:\n\n{fenced(command, 'sh')}"


def _unjudged(cause: Cause) -> bool:
    """Whether there is nothing to show but a reason: no answer of the target let the requirement be seen."""
    return cause.row["verdict"] == "blocked" and not cause.blocked


def _known(document: Document) -> list[Row]:
    return [row for row in document["requirements"] if row["standing"] == "known"]


def _line(row: Row) -> str:
    return f"- {row['level'].upper()} {code(clip(row['id']))}: {code(clip(row['reason']))}"


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    """A section that opens on demand. Markdown needs blank lines around it to be read inside of HTML."""
    return [f"<details>\n<summary>{summary}</summary>", "\n".join(lines), "</details>"]


def _cut(number: int, what: str) -> Iterator[str]:
    if number:
        yield f"**Not shown: {number:,} more {what}**, for want of room. The HTML and JSON reports have them all."


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """The first of *blocks*, as many as fit into *room* bytes."""
    kept = []
    for block in blocks:
        room -= _size([block])
        if room < 0:
            break
        kept.append(block)
    return kept


def _size(blocks: Sequence[str]) -> int:
    return sum(len(block.encode()) + len("\n\n") for block in blocks)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
