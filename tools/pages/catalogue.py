"""The requirement catalogue: a page for each area, with an anchor for each id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from posixpath import relpath

import yaml

from conformance import Contract
from conformance.contract import (
    LEVELS,
    SEVERITIES,
    SOURCE_KINDS,
    Requirement,
    describe_condition,
    resolve_pointer,
)

from .markdown import code, fenced, linked_places, plain, rows

FOLDER = "reference/requirements"

ABOUT = {
    "request": "Requests that must be accepted or rejected: each constraint of the request schema, and JSON itself.",
    "response": "Responses: each constraint of the response schema, JSON, and the relations to the request.",
    "auth": "Sets of credentials that must be accepted or rejected.",
    "meaning": "Vectors: whether they belong to the texts of the request.",
    "state": "Isolation: whether one request affects another.",
    "http": "Methods, media types, content codings, and the bodies of errors.",
    "capability": "Features that are declared unsupported or limited: requests that need them must be rejected.",
    "forwarding": "Requests and responses that pass through a gateway: for runs with the mock upstream.",
    "stability": "Vectors that were recorded: whether they are still the same. For runs with a snapshot.",
    "property": "Generated requests, classified by the suite's own validators.",
}
"""The description of each area. A new area needs one; without it, the build fails with KeyError."""


def pages() -> dict[str, str]:
    """The page of each area."""
    return {f"{FOLDER}/{area}.md": "\n\n".join(_page(area)) + "\n" for area in _areas()}


def table() -> str:
    """The areas, with the number of their requirements by level."""
    counts = Counter((r.area, r.level) for r in _contract().catalogue.values())
    body = [
        [code(area), ABOUT[area], *(str(counts[area, level] or "") for level in LEVELS)] for area in _areas()
    ]
    return rows(["area", "subject", *(level.upper() for level in LEVELS)], body)


def severities() -> str:
    """The meaning of each severity, with the number of its requirements."""
    counts = Counter(r.severity for r in _contract().catalogue.values())
    body = [[code(name), meaning, str(counts[name])] for name, meaning in SEVERITIES.items()]
    return rows(["severity", "consequence", "requirements"], body)


def link(id: str, page: str) -> str:
    """A link from *page* to the requirement *id*."""
    target = f"{FOLDER}/{_contract().catalogue[id].area}.md"
    return f"[{code(id)}]({relpath(target, page.rpartition('/')[0])}#{id})"


@cache
def _contract() -> Contract:
    return Contract.load()


def _areas() -> list[str]:
    return list(dict.fromkeys(r.area for r in _contract().catalogue.values()))


def _page(area: str) -> Iterator[str]:
    yield f"# Requirements: {area}"
    yield f"{ABOUT[area]} These are the requirements of the profile `portkey`."
    yield "To explain one requirement, run `embeddings-conformance requirements ID`."
    for requirement in _contract().catalogue.values():
        if requirement.area == area:
            yield from _entry(requirement)


def _entry(requirement: Requirement) -> Iterator[str]:
    yield f"## {code(requirement.id)} {{ #{requirement.id} }}"
    yield f"**{plain(requirement.title)}**"
    yield from _source(requirement)
    why = f" {plain(requirement.reason)}" if requirement.reason else ""
    yield f"Level: {requirement.level.upper()}.{why}"
    yield f"Severity: {requirement.severity}."
    if requirement.when:
        yield f"Tested only if {describe_condition(requirement.when)}."
    if requirement.related:
        page = f"{FOLDER}/{requirement.area}.md"
        links = ", ".join(link(id, page) for id in requirement.related)
        yield f"""??? note "{len(requirement.related)} related: one fault may violate several of them"\n    {links}"""


def _source(requirement: Requirement) -> Iterator[str]:
    source = requirement.source
    if source.kind in ("http", "practice"):
        yield f"Source: {SOURCE_KINDS[source.kind]}, {linked_places(source.reference)}"
        return
    place = f"{source.pointer}/{source.keyword}" if source.keyword else source.pointer
    yield f"Source: {SOURCE_KINDS[source.kind]}, at {code(place)}"
    if source.quote:
        yield f"> {plain(source.quote)}"
        return
    node = resolve_pointer(_contract().document, source.pointer)
    shown = {source.keyword: node[source.keyword]} if source.keyword else node
    yield fenced("yaml", yaml.safe_dump(shown, sort_keys=False, width=100, allow_unicode=True))
