"""The last screen of a failing run: which clients break, the causes in one line each, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.report.model.compatibility import Compatibility, known_clients
from conformance.report.model.exchange import result_as_sentence
from conformance.report.model.hints import hints_of
from conformance.report.model.root_causes import Cause, group_similar, root_causes, wrong_for_any_client
from conformance.text import Line, clip, counted, visible

from .text import SEVERAL, VARIABLES, credential_variables, importance, in_process_note

MAX_CAUSES = 12
"""Causes that are listed."""

MAX_IDS = 3
"""Requirements that are listed for a client, and for a cause."""

GIVEN_AGAIN = ("--header", "--other-header", "--parameter", "--ca", "--cert", "--proxy")
"""Options that a replay does not take from a report: they name credentials and files."""

UNSAVED = "after a fix; a run with --json FILE writes this file"
"""The note on a replay, if the report was not saved."""

WIDTH = 110
"""Characters of a line about a cause."""


def summary_lines(document: Mapping[str, Any], saved: Path | None = None) -> Iterator[Line]:
    """The clients, the causes and the next steps; for a run that passes, only the clients, if one of them breaks.

    *saved* is the JSON report, if there is a file.
    """
    found = group_similar(cause for cause in root_causes(document["requirements"]) if cause.standing == "bad")
    table = known_clients(document["requirements"])
    if table and (found or any(one.breaks for one in table.values())):
        yield from _clients(table)
        if ids := wrong_for_any_client(cause for group in found for cause in group):
            yield Line(f"  any client can get wrong data: {_listed(ids)}", "red")
        if not any(one.breaks for one in table.values()) and _breaks_others(found):
            yield Line("  Other clients can break, because a failure has the severity breaks-clients.")
    if not found:
        return
    yield Line("Causes", "bold")
    for number, group in enumerate(found[:MAX_CAUSES], 1):
        yield from _cause(number, group)
    if (more := len(found) - MAX_CAUSES) > 0:
        yield Line(f"  and {counted(more, 'more cause')}")
    yield Line("")
    yield from _next_steps(found[0][0], in_process_note(document), _replay(document, saved))


def _breaks_others(found: Sequence[Sequence[Cause]]) -> bool:
    return any(cause.row.get("severity") == "breaks-clients" for group in found for cause in group)


def _clients(table: Mapping[Any, Compatibility]) -> Iterator[Line]:
    broken = {client.name: found for client, found in table.items() if found.breaks}
    width = max(map(len, broken), default=0)
    yield Line("Clients", "bold")
    for name, found in broken.items():
        ids = _listed([one.row["id"] for one in found.breaks])
        yield Line(f"  {name:<{width}}  breaks: {found.consequences} ({ids})", "red")
    if avoiding := [f"{name}: {found.workaround}" for name, found in broken.items() if found.workaround]:
        yield Line(f"  until base64 works, ask for floats: {'; '.join(avoiding)}")
    for reason, clients in _not_known(table).items():
        yield Line(f"  not known: {', '.join(clients)} ({reason})")
    if working := [client.name for client, found in table.items() if found.label == "works"]:
        yield Line(f"  works: {', '.join(working)}")


def _not_known(table: Mapping[Any, Compatibility]) -> dict[str, list[str]]:
    """The clients about which nothing is known, by the first requirement that has no result."""
    reasons: dict[str, list[str]] = {}
    for client, found in table.items():
        if found.label == "not known":
            id, reason = found.unknown[0]
            more = (
                f", and {counted(len(found.unknown) - 1, 'more requirement')}"
                if len(found.unknown) > 1
                else ""
            )
            reasons.setdefault(f"{id}: {reason}{more}", []).append(client.name)
    return reasons


def _cause(number: int, group: Sequence[Cause]) -> Iterator[Line]:
    first = group[0]
    row = first.row
    yield Line(f"  {number}. {row['id']} ({importance(row)}): {clip(row['title'])}", "bold red")
    yield Line(f"     {_short_reason(row)}")
    for hint in hints_of([cause.row for cause in group]):
        yield Line(f"     Hint: {hint}")
    notes = []
    if blocked := [one["id"] for cause in group for one in cause.blocked]:
        notes.append(f"Blocks {counted(len(blocked), 'requirement')}.")
    if others := [cause.row["id"] for cause in group[1:]]:
        notes.append(f"Also failed, possibly for the same reason: {_listed(others)}.")
    if notes:
        yield Line(f"     {' '.join(notes)}")


def _short_reason(row: Mapping[str, Any]) -> str:
    """The reason of *row* on a line of WIDTH characters. If it is longer, then without what was expected."""
    reason = clip(row["reason"])
    if len(reason) > WIDTH and row["evidence"]:
        reason = clip(result_as_sentence(row["evidence"][0]))
    return reason if len(reason) <= WIDTH else reason[: WIDTH - 3] + "..."


def _replay(document: Mapping[str, Any], saved: Path | None) -> tuple[str, str]:
    """The file that the next command replays, and a note on the command."""
    if saved is None:
        return "FILE", UNSAVED
    names = [name for name in GIVEN_AGAIN if f" {name} " in (document.get("reproduce") or "")]
    same = f"; add the {', '.join(names)} options of the run" if names else ""
    return shlex.quote(visible(str(saved))), f"after a fix{same}"


def _next_steps(cause: Cause, note: str, replay: tuple[str, str]) -> Iterator[Line]:
    yield Line("Next", "bold")
    if names := list(dict.fromkeys(credential_variables(cause.row))):
        yield Line(f"  {VARIABLES}: {', '.join(names)}")
    yield Line(f"  embeddings-conformance requirements {cause.row['id']}    # what it requires, and why")
    if command := cause.row.get("reproduce"):
        yield Line(f"  {visible(command)}    # tests only this requirement again")
        file, when = replay
        yield Line(f"  embeddings-conformance replay {file} {cause.row['id']}    # {when}")
    if note and cause.row["area"] not in SEVERAL:
        yield Line(f"  {clip(note)}")


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MAX_IDS} more" if len(ids) > MAX_IDS else ""
    return ", ".join(ids[:MAX_IDS]) + more
