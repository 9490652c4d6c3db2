"""A requirement: one normative statement, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from conformance.contract.errors import ContractError, closest_name
from conformance.contract.openapi.json_pointer import join_pointer, split_pointer
from conformance.contract.openapi.references import dereference
from conformance.contract.openapi.source_file import read_file
from conformance.contract.roles import known_roles
from conformance.contract.spec_files import spec_file
from conformance.errors import UsageError

LEVELS = ("must", "should", "may")
"""RFC 2119 levels, the strictest first."""

SOURCE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "schema": ("pointer", "keyword"),
    "security": ("pointer",),
    "prose": ("pointer", "quote"),
    "http": ("reference",),
    "practice": ("reference",),
}
"""Kinds of sources, each with its required fields."""

SOURCE_KINDS: Mapping[str, str] = {
    "schema": "schema keyword in the contract",
    "security": "security section of the contract",
    "prose": "description in the contract",
    "http": "standard",
    "practice": "issue report",
}
"""Kinds of sources, as texts for people name them."""

ENTRY_MEMBERS: Mapping[str, type] = {
    "id": str,
    "level": str,
    "title": str,
    "source": dict,
    "each": str,
    "related": list,
    "reason": str,
    "severity": str,
    "when": str,
    "roles": list,
    "unless": list,
}
"""Members of an entry of ``spec/requirements.yaml``, with their types; those before ``each`` are required."""

RETIRED_MEMBERS: Mapping[str, type] = {"id": str, "successor": str, "reason": str}
"""Members of an entry of its list of retired ids, with their types; only the id is required."""


@cache
def written_requirements() -> Mapping[str, Any]:
    """The content of ``spec/requirements.yaml``, which must not be changed."""
    content: Mapping[str, Any] = read_file(spec_file("requirements.yaml")).value
    return content


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a requirement.

    ``schema``: pointer and keyword. ``security``: pointer. ``prose``: pointer and quoted sentence.
    ``http``: RFC and section in ``reference``. ``practice``: a link in ``reference`` to an example of what clients rely
    on; ``practice`` is such a link that replaces a sentence, for a user's own document without it.
    """

    kind: str
    pointer: str = ""
    keyword: str = ""
    quote: str = ""
    reference: str = ""
    practice: str = ""

    def as_dict(self) -> dict[str, str]:
        """The fields that are not empty, for reports."""
        pairs = {
            "kind": self.kind,
            "pointer": self.pointer,
            "keyword": self.keyword,
            "quote": self.quote,
            "reference": self.reference,
        }
        return {key: value for key, value in pairs.items() if value}

    def __str__(self) -> str:
        place = f"{self.pointer}/{self.keyword}" if self.keyword else self.pointer or self.reference
        return f'{place} "{self.quote}"' if self.quote else place


@dataclass(frozen=True, slots=True)
class Requirement:
    """One normative statement.

    ``related`` are the ids of requirements that overlap with this one, so that one fault may violate both.
    ``subject`` is the subject of a requirement that was made from a template: scheme names, a method, or a capability.
    ``reason`` explains the level. ``severity`` is one of ``SEVERITIES``. ``when`` is the condition under which a run
    tests the requirement: ``upstream`` (the suite runs the mock upstream), or ``without NAME`` (the capability is
    declared unsupported or limited); empty if the requirement is always tested. ``roles`` are the roles of
    ``spec/roles.yaml`` that a contract must have for it, ``unless`` those that it must not have.
    ``since`` is the version of the catalogue in which it was added.
    """

    id: str
    level: str
    area: str
    title: str
    source: Source
    related: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    template: str = ""
    reason: str = ""
    when: str = ""
    severity: str = ""
    roles: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    since: int = 1


class CatalogueError(UsageError, ValueError):
    """The requirement data is invalid, or contradicts the document that it quotes."""

    def __init__(self, requirement: str, expected: str, found: str) -> None:
        self.requirement, self.expected, self.found = requirement, expected, found
        super().__init__(f"requirement {requirement}: expected {expected}, found {found}")


def read_source(data: Mapping[str, Any]) -> Source:
    """Read a source from data whose members were checked by check_entry."""
    return Source(**{key: str(value) for key, value in data.items()})


def locate_source(source: Source, document: Mapping[str, Any]) -> tuple[Source, str]:
    """Return *source* with its references followed, and a description of what is missing there (empty: nothing)."""
    pointer, node = "", None
    try:
        for token in split_pointer(source.pointer):
            pointer, node = dereference(document, pointer + join_pointer((token,)))
    except ContractError:
        return source, f"a value at {source.pointer}"
    source = replace(source, pointer=pointer)
    if source.keyword and not (isinstance(node, Mapping) and source.keyword in node):
        return source, f"the keyword {source.keyword} at {pointer}"
    if source.quote and not (isinstance(node, str) and _folded(source.quote) in _folded(node)):
        return source, f'the sentence "{source.quote}" at {pointer}'
    return source, ""


def _folded(text: str) -> str:
    return " ".join(text.split())


def check_entry(entry: Mapping[str, Any]) -> None:
    """Raise CatalogueError for an entry of the requirement data with a missing or an unknown member."""
    name = str(entry.get("id", entry))
    check_members(name, entry, ENTRY_MEMBERS, required=("id", "level", "title", "source"))
    texts = {field.name: str for field in fields(Source)}
    check_members(name, entry["source"], texts, required=("kind",), where=" of its source")
    if not all(isinstance(pattern, str) for pattern in entry.get("related", ())):
        raise CatalogueError(name, "ids and globs in `related`", repr(entry["related"]))
    named = (*entry.get("roles", ()), *entry.get("unless", ()))
    if unknown := [role for role in named if role not in known_roles()]:
        raise CatalogueError(name, f"roles among {', '.join(known_roles())}", repr(unknown[0]))


def check_members(
    requirement: str,
    found: Mapping[str, Any],
    known: Mapping[str, type],
    *,
    required: tuple[str, ...],
    where: str = "",
) -> None:
    """Raise CatalogueError if *found* lacks a *required* member, has an unknown one, or one of another type."""
    for member, value in found.items():
        if member not in known:
            near = closest_name(member, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise CatalogueError(requirement, f"members{where} among {', '.join(known)}", f"{member!r}{hint}")
        if not isinstance(value, known[member]):
            expected = f"a value of type {known[member].__name__} for {member!r}{where}"
            raise CatalogueError(requirement, expected, repr(value))
    for member in required:
        if member not in found:
            raise CatalogueError(requirement, f"the member {member!r}{where}", f"only {', '.join(found)}")


def check_requirement(requirement: Requirement) -> None:
    """Raise CatalogueError for an unknown level, an incomplete source, or a title that is not a statement."""
    title, source = requirement.title, requirement.source
    if requirement.level not in LEVELS:
        raise CatalogueError(requirement.id, f"a level of {', '.join(LEVELS)}", repr(requirement.level))
    if source.kind not in SOURCE_FIELDS:
        kinds = ", ".join(SOURCE_FIELDS)
        raise CatalogueError(requirement.id, f"a source of kind {kinds}", repr(source.kind))
    for name in SOURCE_FIELDS[source.kind]:
        if not getattr(source, name):
            raise CatalogueError(requirement.id, f"a {name} for its source of kind {source.kind}", "none")
    if len(title.split()) < 3 or title[-1] in ".?!":
        raise CatalogueError(requirement.id, "a title that is a statement, without a period", repr(title))
