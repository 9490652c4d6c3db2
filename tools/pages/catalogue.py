"""The requirement catalogue: a page for each area, with an anchor for each id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from posixpath import relpath

import yaml

from conformance import Contract
from conformance.contract import LEVELS, Requirement, occasion, resolve

from .markdown import code, fenced, linked_places, plain, rows

FOLDER = "reference/requirements"

ABOUT = {
    "request": "What the target takes, and what it refuses: each constraint of the request's schema, and JSON itself.",
    "response": "What its answers are: each constraint of the schema of an answer, JSON, and relations to the request.",
    "auth": "Which sets of credentials open the door, and which do not.",
    "meaning": "Whether vectors are those of the texts that were sent.",
    "state": "Whether requests leave each other alone.",
    "http": "Methods, media types, codings, and the bodies of errors.",
    "capability": "What the target does not claim, and has to refuse: for runs that declare it.",
    "forwarding": "What a gateway makes of requests and answers on their way: for runs that play its upstream.",
    "property": "Requests that are generated, and judged by our own validators.",
}
"""What an area is about. Raises KeyError in the build for a new one that nobody has described."""


def pages() -> dict[str, str]:
    """The page of each area."""
    return {f"{FOLDER}/{area}.md": "\n\n".join(_page(area)) + "\n" for area in _areas()}


def table() -> str:
    """The areas, each with how many requirements it has of each level."""
    counts = Counter((r.area, r.level) for r in _contract().catalogue.values())
    body = [
        [f"[{area}]({area}.md)", ABOUT[area], *(str(counts[area, level] or "") for level in LEVELS)]
        for area in _areas()
    ]
    return rows(["area", "what it is about", *(level.upper() for level in LEVELS)], body)


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
    yield f"{ABOUT[area]} As the profile `portkey` has them; `embeddings-conformance requirements ID` explains one."
    for requirement in _contract().catalogue.values():
        if requirement.area == area:
            yield from _entry(requirement)


def _entry(requirement: Requirement) -> Iterator[str]:
    yield f"## {code(requirement.id)} {{ #{requirement.id} }}"
    yield f"**{plain(requirement.title)}**"
    yield from _source(requirement)
    why = f" {plain(requirement.reason)}" if requirement.reason else ""
    yield f"Level: {requirement.level.upper()}.{why}"
    if requirement.when:
        yield f"Tested where {occasion(requirement.when)}."
    if requirement.related:
        page = f"{FOLDER}/{requirement.area}.md"
        links = ", ".join(link(id, page) for id in requirement.related)
        yield f"""??? note "{len(requirement.related)} related: one fault may break both"\n    {links}"""


def _source(requirement: Requirement) -> Iterator[str]:
    source = requirement.source
    if source.kind in ("http", "practice"):
        said = "the standard" if source.kind == "http" else "what clients rely on"
        yield f"Source: {said}, {linked_places(source.reference)}"
        return
    place = f"{source.pointer}/{source.keyword}" if source.keyword else source.pointer
    yield f"Source: the contract, {source.kind}, at {code(place)}"
    if source.quote:
        yield f"> {plain(source.quote)}"
        return
    node = resolve(_contract().document, source.pointer)
    shown = {source.keyword: node[source.keyword]} if source.keyword else node
    yield fenced("yaml", yaml.safe_dump(shown, sort_keys=False, width=100, allow_unicode=True))
