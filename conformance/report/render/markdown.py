"""A report as GitHub Flavored Markdown, for the summary of a CI job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.exit_codes import Exit
from conformance.report.model.compatibility import SIGNS, known_clients
from conformance.report.model.headline import verdict_note, verdict_text
from conformance.report.model.hints import likely_cause
from conformance.report.model.nothing_tested import nothing_tested, why_not_testable
from conformance.report.model.root_causes import STANDINGS, Cause, Row, first_fix, group_similar, root_causes
from conformance.report.model.tally import failure_tally
from conformance.text import clip, counted, visible

from .audit import audit_lines
from .stability import stability_lines
from .text import (
    COMPRESSED,
    MAX_COMMAND,
    NOT_FAILING,
    VARIABLES,
    all_variables,
    commands_of,
    importance,
    in_process_note,
    is_compressed,
    is_recorded,
    needs_rerun,
    operation_of,
    source_line,
    target_label,
)

Document = Mapping[str, Any]

LIMIT = 1_000_000
"""Bytes of a summary. GitHub rejects the summary of a step above 1 MiB; the rest is for other output of the step."""

NOTES = 1_000
"""Bytes reserved for the notes about omitted parts."""

ENDINGS = {
    0: "✅ **The run passes.**",
    1: "❌ **The run fails.**",
    2: "⚠️ **The run was interrupted or out of time.** The remaining requirements are not-tested.",
    3: "⚠️ **Internal error in the suite** (not a fault of the target).",
    4: "⚠️ **The target could not be tested.**",
}
"""The first line, by exit code. For 5, it is the reason why nothing was tested."""

MAX_IDS = 3
"""Requirements that are listed for a client."""

PLAIN = re.compile(r"(?!.*www\.)(?:[A-Za-z0-9 ,.;?!'\"()-]|:(?= ))+", re.IGNORECASE)
"""Text without Markdown syntax and without anything that GitHub replaces: a link, mention, reference or emoji."""


def markdown(document: Document, *, limit: int = LIMIT) -> str:
    """The JSON report as Markdown of at most *limit* bytes of UTF-8 (over 10,000).

    The causes come first, most severe first, each with the number of requirements that it blocks, and a line for each
    further failure with the same kind of result. A note says how many failures do not fit. Text of the target or the
    user is never interpreted as Markdown.
    """
    bad = [cause for cause in root_causes(document["requirements"]) if cause.standing == "bad"]
    failing = [cause for cause in bad if not _is_only_blocked(cause)]
    parts = list(_head(document))
    if (section := document.get("audit")) is not None:
        parts.append("\n".join(f"- {markdown_text(line)}" for line in audit_lines(section)))
    room = limit - NOTES - _size(parts)
    groups = group_similar(failing)
    failures = _fitting(map(_group, groups), room)
    room -= _size(failures)
    parts += [*failures, *_omitted(sum(map(len, groups[len(failures) :])), "failure")]
    for title, rows in (
        (
            "Blocked requirements, which make the run fail",
            [cause.row for cause in bad if _is_only_blocked(cause)],
        ),
        (NOT_FAILING, _not_failing(document, failing)),
    ):
        lines = _fitting(map(_line, rows), room)
        room -= _size(lines)
        if rows:
            parts += _folded(f"{title}: {len(rows)}", lines)
        parts += _omitted(len(rows) - len(lines), "requirement")
    return "\n\n".join(parts) + "\n"


def code_span(text: str) -> str:
    """*text* as a code span, in which nothing is interpreted, with escapes for control characters and the like."""
    shown = visible(text)
    if not shown.strip():
        return "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced_block(text: str, language: str) -> str:
    """*text*, one line, as a code block, with escapes for control characters and the like."""
    shown = visible(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def markdown_text(text: str) -> str:
    """*text* unchanged if nothing in it can be interpreted; else as code."""
    return text if PLAIN.fullmatch(text) else code_span(text)


def _head(document: Document) -> Iterator[str]:
    yield f"# Embeddings conformance: {markdown_text(verdict_text(document))}{verdict_note(document)}"
    yield _ending(document)
    if advice := first_fix(document):
        yield markdown_text(advice)
    if lines := [markdown_text(line.text.strip()) for line in stability_lines(document)]:
        yield "\n\n".join(lines)
    if clients := list(_clients(document)):
        yield "\n".join(("| client | result | because of |", "|---|---|---|", *clients))
    yield "\n".join(_facts(document))
    levels = document["summary"]
    shown = [verdict for verdict in levels["must"] if any(counts[verdict] for counts in levels.values())]
    areas: dict[str, Counter[str]] = {}
    for row in document["requirements"]:
        areas.setdefault(row["area"], Counter())[row["verdict"]] += 1
    yield _table("level", {level.upper(): counts for level, counts in levels.items()}, shown)
    yield _table("area", areas, shown)


def _clients(document: Document) -> Iterator[str]:
    """A row for each known client; none if nothing is known about any of them."""
    for client, found in known_clients(document["requirements"]).items():
        result = f"{SIGNS[found.label]} {found.label}" + (f": {found.consequences}" if found.breaks else "")
        ids = ", ".join(code_span(one.row["id"]) for one in found.breaks[:MAX_IDS])
        more = f" and {len(found.breaks) - MAX_IDS} more" if len(found.breaks) > MAX_IDS else ""
        yield f"| {client.name} | {result} | {ids}{more} |"


def _ending(document: Document) -> str:
    """How the run ended, and what fails it."""
    standings = {row["standing"] for row in document["requirements"]}
    ending = (
        ENDINGS.get(document["exit_code"])
        or f"⚠️ {markdown_text(nothing_tested(document, 'the option {}'.format))}"
    )
    if document["exit_code"] == Exit.USAGE and (reason := why_not_testable(document)):
        ending += f" {code_span(reason)}"
    if standings.isdisjoint(STANDINGS):
        return ending
    counts = failure_tally(document)
    return (
        f"❌ {counts}"
        if document["exit_code"] == Exit.NONCONFORMANT and "bad" in standings
        else f"{ending} {counts}"
    )


def _facts(document: Document) -> Iterator[str]:
    target, suite = document["target"], document["suite"]
    server = f", {code_span(clip(target['server_header']))}" if target["server_header"] else ""
    yield f"- Target: {code_span(clip(target_label(target)))}{server}"
    yield f"- Contract: {code_span(clip(document['contract']['file']))}, profile {code_span(clip(document['profile']))}"
    if operation := operation_of(document):
        yield f"- Operation: {code_span(operation)}"
    if note := in_process_note(document):
        text, _, command = note.partition(": ")
        yield f"- {markdown_text(text)}" + (f": {code_span(clip(command))}" if command else "")
    has_commands = any(row["standing"] == "bad" and row["evidence"] for row in document["requirements"])
    if names := all_variables(document) if has_commands else []:
        yield f"- {VARIABLES}: {', '.join(map(code_span, names))}"
    sent = f"{counted(document['requests'], 'request')}, about {counted(document['prompt_tokens'], 'prompt token')}"
    if "audit" not in document:
        yield f"- Sent: {sent}, in {document['seconds']:.1f} s"
    yield f"- Run: {code_span(document['started'])}, by {markdown_text(suite['name'])} {code_span(suite['version'])}"


def _table(name: str, groups: Mapping[str, Mapping[str, int]], shown: Sequence[str]) -> str:
    lines = [f"| {name} | {' | '.join(shown)} |", f"|---|{'---:|' * len(shown)}"]
    for group, counts in groups.items():
        label = re.sub(r"[^\w .-]", "?", group)
        lines.append(
            f"| {markdown_text(label)} | {' | '.join(str(counts[verdict] or '') for verdict in shown)} |"
        )
    return "\n".join(lines)


def _group(group: Sequence[Cause]) -> str:
    """The first failure of a cause, and the others that may have the same cause in one line each."""
    first, *others = group
    if not others:
        return _failure(first)
    lines = (_line(cause.row) + (f" {_blocks(cause)}." if cause.blocked else "") for cause in others)
    return "\n\n".join([_failure(first), "**Failures that may have the same cause**:", "\n".join(lines)])


def _blocks(cause: Cause) -> str:
    return f"**Blocks**: {counted(len(cause.blocked), 'requirement')}"


def _failure(cause: Cause) -> str:
    row = cause.row
    facts = [
        f"**Requirement**: {markdown_text(clip(row['title']))}",
        f"**Source**: {code_span(clip(source_line(row['source'])))}",
    ]
    evidence = row["evidence"][:1]
    for item in evidence:
        facts.append(f"**Request**: {code_span(clip(item['probe']))}")
        facts.append(f"**Expected**: {code_span(clip(item['expected']))}")
        facts.append(f"**Actual**: {code_span(clip(item['actual']))}")
        if pattern := item.get("pattern"):
            facts.append(f"**Pattern**: {code_span(clip(pattern))}")
        if condition := item.get("condition"):
            facts.append(f"**Repeated**: {markdown_text(clip(condition))}")
    if not evidence or row["verdict"] != "fail" or row["baseline"]:
        facts.append(f"**Reason**: {code_span(clip(row['reason']))}")
    if likely := likely_cause(row):
        facts.append(f"**Hint**: {markdown_text(likely)}")
    if cause.blocked:
        facts.append(f"{_blocks(cause)}. {cause.note}".rstrip())
    verdict = "stale baseline entry" if row["verdict"] == "pass" else row["verdict"]
    title = f"### {importance(row)} {code_span(clip(row['id']))}: {verdict}"
    listed = "\n".join(f"- {fact}" for fact in facts)
    return "\n\n".join([title, listed, *(_reproduction(row, item) for item in evidence)])


def _reproduction(row: Row, item: Mapping[str, Any]) -> str:
    """The commands that repeat the first exchange of *row*, and the whole check if it needs several requests."""
    rerun = row.get("reproduce")
    parts = [f"**Test it again**:\n\n{fenced_block(rerun, 'sh')}"] if rerun and needs_rerun(row) else []
    if not row.get("in_process") and not is_recorded(item):
        parts.append(_request(row, item))
    return "\n\n".join(parts)


def _request(row: Row, item: Mapping[str, Any]) -> str:
    command = "\n".join(commands_of(item))
    first_of = f" the first of {counted(row['failures'], 'failure')}" if row["failures"] > 1 else ""
    if len(command) > MAX_COMMAND:
        return f"**Reproduce**{first_of}: the command has {len(command):,} characters; see the HTML or JSON report."
    note = f"\n\n{COMPRESSED}" if is_compressed(item) else ""
    return f"**Reproduce**{first_of}:\n\n{fenced_block(command, 'sh')}{note}"


def _is_only_blocked(cause: Cause) -> bool:
    """Whether there is nothing to show but a reason, for instance that no response contained the field."""
    return cause.row["verdict"] == "blocked" and not cause.blocked


def _not_failing(document: Document, failing: Sequence[Cause]) -> list[Row]:
    """The requirements with failures that do not make the run fail, except those that are shown for what they block."""
    shown = {cause.row["id"] for cause in failing}
    return [row for row in document["requirements"] if row["standing"] == "known" and row["id"] not in shown]


def _line(row: Row) -> str:
    return f"- {importance(row)} {code_span(clip(row['id']))}: {code_span(clip(row['reason']))}"


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    """A section that the reader opens. Markdown inside HTML needs an empty line before and after it."""
    return [f"<details>\n<summary>{summary}</summary>", "\n".join(lines), "</details>"]


def _omitted(number: int, noun: str) -> Iterator[str]:
    if number:
        more = counted(number, f"more {noun} is", f"more {noun}s are")
        yield f"**{more} not shown** because of the size limit. See the HTML or JSON report."


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """The first of *blocks* that fit into *room* bytes."""
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
