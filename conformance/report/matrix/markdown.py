"""The matrix as Markdown, for a site (Material for MkDocs, with ``md_in_html``) or a repository's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.report.model.compatibility import CONSEQUENCES, Break, Compatibility
from conformance.report.model.compatibility import SIGNS as CLIENT_SIGNS
from conformance.report.model.exchange import shown_result
from conformance.report.model.headline import first_failure, short_headline
from conformance.report.render.markdown import code_span, fenced_block, markdown_text
from conformance.report.render.text import source_line
from conformance.text import clip, counted

from .model import FIDELITY, FIDELITY_NOTE, SIGNS, Cell, Matrix, RequirementResults, Row, Server

LIMIT = 1_000_000
"""Bytes of all evidence in a page."""

MAX_COMMAND = 3_000
"""Characters of a command. A page has many of them, so a longer one is not shown."""

MAX_UNKNOWN = 20
"""Requirements that are listed as unknown for a client."""


def matrix_markdown(matrix: Matrix, *, limit: int = LIMIT) -> str:
    """*matrix* as Markdown, its evidence limited to *limit* bytes.

    Sections that the reader opens are HTML's ``details``. Text of a server or a user is never interpreted as Markdown.
    """
    blocks = ["# Embeddings servers side by side", *_servers(matrix), *_overview(matrix), *_fidelity(matrix)]
    blocks += _clients(matrix)
    blocks += [
        "## Failing requirements",
        _legend(matrix.results_of(matrix.failing)),
        _requirements(matrix, matrix.failing),
    ]
    blocks += _evidence(matrix, limit)
    if matrix.differing:
        blocks += [
            "## Different results without a failure",
            "These requirements failed at no server, but their results differ.",
        ]
        blocks += [_legend(matrix.results_of(matrix.differing)), _requirements(matrix, matrix.differing)]
    blocks += ["## Runs", *(block for server in matrix.servers for block in _run(server))]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _servers(matrix: Matrix) -> Iterator[str]:
    days = sorted({server.document["started"][:10] for server in matrix.servers})
    yield markdown_text(
        clip(f"Measured from {days[0]} to {days[-1]}." if len(days) > 1 else f"Measured on {days[0]}.")
    )
    yield (
        "Each server has one report, in the order in which the reports were given. There is no score, because the cost"
        " of a failure depends on the client."
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
    yield _table(["", "server", "profile", "suite", "date"], body)
    yield "\n".join(f"- **{server.letter}** {_sentence(server)}" for server in matrix.servers)
    yield "\n".join(f"- {markdown_text(clip(note))}" for note in matrix.notes)


def _sentence(server: Server) -> str:
    """The result of a server in one sentence."""
    title = first_failure(server.document)
    first = f", most severe: {markdown_text(clip(title))}" if title else "."
    return f"{markdown_text(short_headline(server.document))}{first}"


def _overview(matrix: Matrix) -> Iterator[str]:
    yield "## Overview"
    yield "The number of requirements by area and result."
    yield _legend(matrix.results)
    columns = matrix.areas.values()
    body = (
        (server.letter, *map(_counts, row))
        for server, row in zip(matrix.servers, zip(*columns, strict=True), strict=True)
    )
    yield _table(["", *(_cell_text(area) for area in matrix.areas)], body)


def _fidelity(matrix: Matrix) -> Iterator[str]:
    if matrix.fidelity:
        yield "## Vectors beside a snapshot"
        yield FIDELITY_NOTE
        rows = ((letter, *map(_cell_text, texts)) for letter, texts in matrix.fidelity.items())
        yield _table(["", *FIDELITY], rows)


def _clients(matrix: Matrix) -> Iterator[str]:
    yield "## What this means for your client"
    yield (
        "Each client has its default settings. It **works** if all requirements that it relies on passed, or failed"
        " only for requests that it never sends. It is **not known** if one of them was not tested or not judged."
    )
    body = (
        (
            _cell_text(client.name),
            *(_label(one, _place(number, server)) for server, one in _by_server(matrix, found)),
        )
        for number, (client, found) in enumerate(matrix.clients.items(), 1)
    )
    yield _table(["client", *(server.letter for server in matrix.servers)], body)
    for number, (client, found) in enumerate(matrix.clients.items(), 1):
        problems = [
            f'<span id="{_place(number, server)}"></span>**{server.letter}** {one.label}{_reasons(one, server)}'
            for server, one in _by_server(matrix, found)
            if one.label != "works"
        ]
        facts = [
            f"Sends: {client.sends}",
            f"Decodes: {client.decodes}",
            f"Source: <{client.link}>",
        ]
        yield from _folded(
            f"{client.name}, {client.package}", ["\n".join(f"- {fact}" for fact in [*facts, *problems])]
        )


def _by_server(matrix: Matrix, found: Sequence[Compatibility]) -> Iterable[tuple[Server, Compatibility]]:
    return zip(matrix.servers, found, strict=True)


def _place(number: int, server: Server) -> str:
    """The HTML id of the reasons for the result of client *number* at *server*."""
    return f"client-{number}-{server.letter.lower()}"


def _label(compatibility: Compatibility, place: str) -> str:
    """The result of a client. One that is not known is a link to its reasons."""
    consequences = f": {compatibility.consequences}" if compatibility.consequences else ""
    text = f"{CLIENT_SIGNS[compatibility.label]} {compatibility.label}{consequences}"
    return f"[{text}](#{place})" if compatibility.label != "works" else text


def _reasons(compatibility: Compatibility, server: Server) -> str:
    breaks = "".join(f"\n    - {_break(one)}" for one in compatibility.breaks)
    return breaks + _unknown(compatibility.unknown, server)


def _break(one: Break) -> str:
    item = one.item
    actual = (
        f" Expected: {code_span(clip(item['expected']))}. Actual: {code_span(clip(shown_result(item)))}."
        if item
        else ""
    )
    consequence = CONSEQUENCES[one.consequence]
    return f"{consequence}: {code_span(clip(one.row['id']))}. {markdown_text(one.reliance.why)}.{actual}"


def _unknown(unknown: Sequence[tuple[str, str]], server: Server) -> str:
    listed = ", ".join(
        f"{code_span(clip(id))} ({_why(id, reason, server)})" for id, reason in unknown[:MAX_UNKNOWN]
    )
    more = f", and {len(unknown) - MAX_UNKNOWN} more" if len(unknown) > MAX_UNKNOWN else ""
    return f"\n    - not known: {listed}{more}" if unknown else ""


def _why(id: str, reason: str, server: Server) -> str:
    """Why the requirement *id* has no result at *server*, with the one that blocks it."""
    blocked_by = server.rows[id]["blocked_by"] if id in server.rows else None
    return markdown_text(clip(reason)) + (f" by {code_span(clip(blocked_by))}" if blocked_by else "")


def _requirements(matrix: Matrix, requirements: Sequence[RequirementResults]) -> str:
    if not requirements:
        return "None."
    body = (
        (_cell_text(one.row["id"]), one.levels, *(SIGNS[result] for result in one.results))
        for one in requirements
    )
    return _table(["requirement", "level", *(server.letter for server in matrix.servers)], body)


def _evidence(matrix: Matrix, limit: int) -> Iterator[str]:
    servers = list(matrix.servers)
    for number, one in enumerate(matrix.failing):
        body = [
            f"{markdown_text(clip(one.row['title']))}. Source: {code_span(clip(source_line(one.row['source'])))}"
        ]
        for server, row in matrix.not_passed(one):
            body += _finding(server, row, one.results[servers.index(server)])
        blocks = _folded(f"{one.levels} {one.row['id']}", body)
        limit -= sum(len(block.encode()) for block in blocks)
        if limit < 0:
            more = counted(len(matrix.failing) - number, "more requirement is", "more requirements are")
            yield f"**{more} not shown** because of the size limit. See the reports of the runs."
            return
        yield from blocks


def _finding(server: Server, row: Row, result: str) -> Iterator[str]:
    yield f"**{server.letter}** {markdown_text(clip(server.label))}: {result}"
    if not row["evidence"]:
        yield f"- {code_span(clip(row['reason']))}"
        return
    item = row["evidence"][0]
    first_of = f" (the first of {counted(row['failures'], 'failure')})" if row["failures"] > 1 else ""
    yield (
        f"- Expected: {code_span(clip(item['expected']))} for {code_span(clip(item['probe']))}\n"
        f"- Actual: {code_span(clip(shown_result(item)))}{first_of}"
    )
    command = row.get("reproduce") if row.get("in_process") else item["curl"]
    if command and len(command) <= MAX_COMMAND:
        yield fenced_block(command, "sh")


def _run(server: Server) -> Iterator[str]:
    run, target = server.document, server.document["target"]
    yield f"### {server.letter} {markdown_text(clip(server.label))}"
    contract = run["contract"]
    overlays = ", ".join(code_span(clip(overlay["file"])) for overlay in contract["overlays"]) or "none"
    interrupted = ", interrupted" if run["interrupted"] else ""
    requests = counted(run["requests"], "request")
    header = code_span(clip(target["server_header"] or "none"))
    facts = (
        f"Base URL {code_span(clip(target['url']))}, Server header {header}",
        f"Run {code_span(clip(run['started']))}, {requests} in {run['seconds']:.1f} s{interrupted}",
        f"Seed {run['seed']}, exit code {run['exit_code']}",
        f"Suite {code_span(clip(run['suite']['version']))}, profile {code_span(clip(run['profile']))}",
        f"Contract {code_span(clip(contract['file']))}, SHA-256 {code_span(contract['sha256'])}, overlays {overlays}",
    )
    yield "\n".join(f"- {fact}" for fact in facts)
    if command := run.get("reproduce"):
        yield fenced_block(command, "sh")


def _counts(cell: Cell) -> str:
    return " ".join(f"{SIGNS[result]}&nbsp;{len(rows)}" for result, rows in cell.rows.items()) or "absent"


def _legend(results: Iterable[str]) -> str:
    return ", ".join(f"{SIGNS[result]} {result}" for result in results)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    rows = [f"| {' | '.join(cells)} |" for cells in (head, *body)]
    return "\n".join([rows[0], f"|{'---|' * len(head)}", *rows[1:]])


def _cell_text(text: str) -> str:
    """*text* for a cell of a table, where a vertical bar would end the cell, even in code."""
    return markdown_text(clip(text).replace("|", "¦")) if text else ""


def _folded(summary: str, blocks: Sequence[str]) -> list[str]:
    """A section that the reader opens. Python-Markdown reads Markdown inside HTML only with ``markdown="1"``."""
    shown = clip(summary).replace("&", "&amp;").replace("<", "&lt;")
    return [f'<details markdown="1">\n<summary>{shown}</summary>', *blocks, "</details>"]
