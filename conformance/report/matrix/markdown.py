"""Servers side by side as Markdown, for a site (Material for MkDocs, with ``md_in_html``) or a repository's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.report.render.markdown import code, fenced, prose
from conformance.report.render.text import clip, source

from .clients import CLIENT_SIGNS, HARM_WORDS, Break, Fit
from .model import SIGNS, Cell, Line, Matrix, Row, Server

LIMIT = 1_000_000
"""Bytes of all evidence in a page."""

LONGEST_COMMAND = 3_000
"""Characters of a command that is shown: there are many of them."""


def matrix_markdown(matrix: Matrix, *, limit: int = LIMIT) -> str:
    """*matrix* as Markdown, its evidence cut at *limit* bytes.

    What has to be opened stands in HTML's ``details``. Nothing that a server or a user has written is interpreted.
    """
    blocks = ["# Embeddings servers side by side", *_servers(matrix), *_overview(matrix), *_clients(matrix)]
    blocks += [
        "## Failing requirements",
        _legend(matrix.kinds_of(matrix.failing)),
        _lines(matrix, matrix.failing),
    ]
    blocks += _evidence(matrix, limit)
    if matrix.differing:
        blocks += [
            "## Judged differently",
            "Nobody fails these, yet what was found is not the same everywhere.",
        ]
        blocks += [_legend(matrix.kinds_of(matrix.differing)), _lines(matrix, matrix.differing)]
    blocks += ["## Runs", *(block for server in matrix.servers for block in _run(server))]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _servers(matrix: Matrix) -> Iterator[str]:
    yield (
        "Each server by the report of one run, in the order in which the reports were given. There is no score: what a"
        " failure costs depends on the client."
    )
    body = (
        (
            server.letter,
            _cell_text(server.label),
            _cell_text(server.document["profile"]),
            _cell_text(server.document["suite"]["version"]),
            _cell_text(server.document["started"][:10]),
        )
        for server in matrix.servers
    )
    yield _table(["", "server", "profile", "suite", "run on"], body)
    yield "\n".join(f"- {prose(clip(note))}" for note in matrix.notes)


def _overview(matrix: Matrix) -> Iterator[str]:
    yield "## Overview"
    yield "How many requirements of each area come to what."
    yield _legend(matrix.kinds)
    columns = matrix.areas.values()
    body = (
        (server.letter, *map(_counts, row))
        for server, row in zip(matrix.servers, zip(*columns, strict=True), strict=True)
    )
    yield _table(["", *(_cell_text(area) for area in matrix.areas)], body)


def _clients(matrix: Matrix) -> Iterator[str]:
    yield "## What this means for your client"
    yield (
        "Each client as it is by default, judged by the requirements that it relies on. It works where all of them"
        " passed, or failed in requests that it never sends; nothing is known where one was not tested or not judged."
    )
    body = ((_cell_text(client.name), *map(_word, fits)) for client, fits in matrix.clients.items())
    yield _table(["client", *(server.letter for server in matrix.servers)], body)
    for client, fits in matrix.clients.items():
        told = [
            f"**{server.letter}** {fit.word}{_reasons(fit)}"
            for server, fit in zip(matrix.servers, fits, strict=True)
            if fit.word != "works"
        ]
        sent = [
            f"Sends: {client.sends}",
            f"Decodes: {client.decodes}",
            f"Written in: <{client.link}>",
        ]
        yield from _folded(
            f"{client.name}, {client.package}", ["\n".join(f"- {fact}" for fact in [*sent, *told])]
        )


def _word(fit: Fit) -> str:
    harms = f": {fit.harms}" if fit.harms else ""
    return f"{CLIENT_SIGNS[fit.word]} {fit.word}{harms}"


def _reasons(fit: Fit) -> str:
    return "".join(f"\n    - {_break(one)}" for one in fit.breaks) + _unknown(fit.unknown)


def _break(one: Break) -> str:
    item = one.item
    came = f" Expected {code(clip(item['expected']))}, got {code(clip(item['actual']))}." if item else ""
    return f"{HARM_WORDS[one.harm]}: {code(clip(one.row['id']))}. {prose(one.reliance.why)}.{came}"


def _unknown(unknown: Sequence[tuple[str, str]]) -> str:
    listed = ", ".join(f"{code(clip(id))} ({prose(clip(reason))})" for id, reason in unknown[:20])
    more = f", and {len(unknown) - 20} more" if len(unknown) > 20 else ""
    return f"\n    - not known: {listed}{more}" if unknown else ""


def _lines(matrix: Matrix, lines: Sequence[Line]) -> str:
    if not lines:
        return "None."
    body = (
        (_cell_text(line.row["id"]), line.levels, *(SIGNS[kind] for kind in line.kinds)) for line in lines
    )
    return _table(["requirement", "level", *(server.letter for server in matrix.servers)], body)


def _evidence(matrix: Matrix, limit: int) -> Iterator[str]:
    for place, line in enumerate(matrix.failing):
        body = [f"{prose(clip(line.row['title']))}. Source: {code(clip(source(line.row['source'])))}"]
        for server, row in matrix.told(line):
            body += _finding(server, row, line.kinds[list(matrix.servers).index(server)])
        blocks = _folded(f"{line.levels} {line.row['id']}", body)
        limit -= sum(len(block.encode()) for block in blocks)
        if limit < 0:
            yield f"**Not shown: {len(matrix.failing) - place:,} more**, for want of room; the reports have them."
            return
        yield from blocks


def _finding(server: Server, row: Row, kind: str) -> Iterator[str]:
    yield f"**{server.letter}** {prose(clip(server.label))}: {kind}"
    if not row["evidence"]:
        yield f"- {code(clip(row['reason']))}"
        return
    item = row["evidence"][0]
    came = code(clip(item["actual"]))
    of = f" (the first of {row['failures']:,} exchanges)" if row["failures"] > 1 else ""
    yield f"- Expected {code(clip(item['expected']))} for {code(clip(item['probe']))}\n- Got {came}{of}"
    if len(item["curl"]) <= LONGEST_COMMAND:
        yield fenced(item["curl"], "sh")


def _run(server: Server) -> Iterator[str]:
    run, target = server.document, server.document["target"]
    yield f"### {server.letter} {prose(clip(server.label))}"
    contract = run["contract"]
    overlays = ", ".join(code(clip(overlay["file"])) for overlay in contract["overlays"]) or "none"
    cut_short = ", interrupted" if run["interrupted"] else ""
    facts = (
        f"Base URL {code(clip(target['url']))}, Server header {code(clip(target['server_header'] or 'none'))}",
        f"Run {code(clip(run['started']))}, {run['requests']:,} requests in {run['seconds']:.1f} s{cut_short}",
        f"Seed {run['seed']}, exit code {run['exit_code']}",
        f"Suite {code(clip(run['suite']['version']))}, profile {code(clip(run['profile']))}",
        f"Contract {code(clip(contract['file']))}, SHA-256 {code(contract['sha256'])}, overlays {overlays}",
    )
    yield "\n".join(f"- {fact}" for fact in facts)
    if command := run.get("reproduce"):
        yield fenced(command, "sh")


def _counts(cell: Cell) -> str:
    return " ".join(f"{SIGNS[kind]}&nbsp;{len(rows)}" for kind, rows in cell.rows.items()) or "absent"


def _legend(kinds: Iterable[str]) -> str:
    return ", ".join(f"{SIGNS[kind]} {kind}" for kind in kinds)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    rows = [f"| {' | '.join(cells)} |" for cells in (head, *body)]
    return "\n".join([rows[0], f"|{'---|' * len(head)}", *rows[1:]])


def _cell_text(text: str) -> str:
    """*text* in a cell of a table, where a bar would end the cell, also in code."""
    return prose(clip(text).replace("|", "¦")) if text else ""


def _folded(summary: str, blocks: Sequence[str]) -> list[str]:
    """A part that opens on demand. Python-Markdown reads Markdown inside of HTML where ``markdown`` says so."""
    shown = clip(summary).replace("&", "&amp;").replace("<", "&lt;")
    return [f'<details markdown="1">\n<summary>{shown}</summary>', *blocks, "</details>"]
