"""The requirement catalogue: derived from the schemas, and read from ``spec/requirements.yaml``.

Loading lints it: members are known, ids unique, levels and sources known, sources resolve, relatives exist, titles
are statements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from conformance.contract.errors import closest
from conformance.contract.profile import ProfileLevel
from conformance.contract.schema import Schema
from conformance.contract.security import Security

from .expansion import subjects
from .requirement import (
    RETIRED_MEMBERS,
    CatalogueError,
    Requirement,
    Source,
    check_entry,
    check_members,
    check_requirement,
    locate,
    read_source,
)
from .wording import null_title, required_title, title_of


class Catalogue(Mapping[str, Requirement]):
    """All requirements of a contract under a profile, by id.

    ``dropped`` names those that quote what a user's own document does not say; on the vendored document that is
    an error.
    """

    def __init__(self, requirements: Iterable[Requirement], dropped: Sequence[str] = ()) -> None:
        self._by_id: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._by_id:
                raise CatalogueError(requirement.id, "an id of its own", "the same id twice")
            self._by_id[requirement.id] = requirement
        self.dropped = tuple(dropped)

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._by_id[requirement_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def matching(self, pattern: str) -> list[Requirement]:
        """The requirements whose id is *pattern* or matches it as a glob."""
        return [r for r in self._by_id.values() if _matches(r.id, pattern)]

    def under(self, circumstances: Collection[str]) -> Catalogue:
        """The requirements that a run is about for which *circumstances* hold."""
        kept = [r for r in self._by_id.values() if not r.when or r.when in circumstances]
        return Catalogue(kept, self.dropped)

    def closest(self, requirement_id: str) -> str | None:
        """The id that is most like *requirement_id*, for error messages."""
        return closest(requirement_id, self._by_id)


def build_catalogue(
    document: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    schemas: Sequence[Schema],
    security: Security,
    operation: tuple[str, str],
    places: Mapping[str, str],
    strict: bool,
) -> Catalogue:
    """Build and lint the catalogue.

    ``operation`` is the contract's path and method, ``places`` the pointers that sources may name in braces. ``strict``
    is for the vendored document under a shipped profile, where every quotation has to stand, and every relative and
    successor to exist; elsewhere a requirement whose quotation does not stand is dropped.
    """
    text = {"requirements": list, "retired": list}
    check_members("of the whole file", data, text, required=("requirements",))
    derived = [r for schema in schemas for r in from_schema(schema)]
    written = [
        r for entry in data["requirements"] for r in _expand(entry, document, security, operation, places)
    ]
    kept: list[Requirement] = []
    dropped: list[Requirement] = []
    for requirement in derived + written:
        check_requirement(requirement)
        source, problem = locate(requirement.source, document)
        if problem and strict:
            raise CatalogueError(requirement.id, problem, "nothing of the kind there")
        (dropped if problem else kept).append(replace(requirement, source=source))
    catalogue = Catalogue(_relate(kept), [r.id for r in dropped])
    if strict:
        _lint_relatives(written, catalogue, [entry["id"] for entry in data["requirements"]])
        _lint_retired(catalogue, data.get("retired", []))
    return catalogue


def with_levels(catalogue: Catalogue, changes: Sequence[ProfileLevel], *, strict: bool) -> Catalogue:
    """*catalogue* with a profile's levels.

    Raises CatalogueError for a change that matches nothing, unless the document is a user's own (*strict* is False).
    """
    requirements = dict(catalogue)
    for change in changes:
        matched = catalogue.matching(change.requirement)
        if not matched and strict:
            near = catalogue.closest(change.requirement)
            raise CatalogueError(change.requirement, "an id of the catalogue", f"none; the closest is {near}")
        for requirement in matched:
            requirements[requirement.id] = replace(requirement, level=change.level, reason=change.reason)
    return Catalogue(requirements.values(), catalogue.dropped)


def from_schema(schema: Schema) -> Iterator[Requirement]:
    """One requirement for each constraining keyword below *schema*, for each property that ``required`` names, and for
    null as each property that it does not name."""
    area = schema.name.split(".")[0]
    siblings = {branch.name: node.branches for node in schema.walk() for branch in node.branches}
    for node in schema.walk():
        yield from _nulls(node, area)
        for keyword in node.keywords():
            source = Source("schema", node.pointer, keyword)
            for requirement_id, title in _statements(node, keyword):
                related = tuple(_kin(node, keyword, siblings.get(node.name, ())))
                yield Requirement(requirement_id, "must", area, title, source, related, template=keyword)


def _nulls(node: Schema, area: str) -> Iterator[Requirement]:
    """That null is no value of an optional property has an id of its own: a profile may decide otherwise."""
    for child in node.refused_null:
        source = Source("schema", child.pointer, "type")
        title = null_title(child)
        related = (child.id_of("type"), *([child.id_of("enum")] if "enum" in child.node else []))
        yield Requirement(child.id_of("null"), "must", area, title, source, related, template="null")


def _statements(node: Schema, keyword: str) -> Iterator[tuple[str, str]]:
    if keyword != "required":
        yield node.id_of(keyword), title_of(node, keyword)
        return
    for name in node.required:
        yield f"{node.name}.{name}.required", required_title(node, name)


def _kin(node: Schema, keyword: str, siblings: Iterable[Schema]) -> Iterator[str]:
    """What one value may violate together: type and enumeration of a node, the lower bounds of all array branches."""
    if keyword == "enum" and "type" in node.node:
        yield node.id_of("type")
    if keyword == "oneOf":
        yield from (branch.id_of("type") for branch in node.branches)
    if keyword == "minItems":
        yield from (sibling.id_of(keyword) for sibling in siblings)


def _expand(
    entry: Mapping[str, Any],
    document: Mapping[str, Any],
    security: Security,
    operation: tuple[str, str],
    places: Mapping[str, str],
) -> Iterator[Requirement]:
    check_entry(entry)
    template, source = entry["id"], dict(entry["source"])
    if source["kind"] == "security":
        source.setdefault("pointer", security.pointer)
    for subject, label, names in subjects(entry, document, security, operation):
        filled = {"label": label, "names": names} if "each" in entry else {}
        yield Requirement(
            id=_fill(template, template, filled),
            level=entry["level"],
            area=template.split(".")[0],
            title=_fill(template, entry["title"], filled),
            source=read_source(
                source | {"pointer": _fill(template, source.get("pointer", ""), {**places, **filled})}
            ),
            related=tuple(_fill(template, pattern, filled) for pattern in entry.get("related", ())),
            subject=subject,
            template=template,
            reason=" ".join(entry.get("reason", "").split()),
            when=_fill(template, entry.get("when", ""), filled),
        )


def _fill(template: str, text: str, values: Mapping[str, str]) -> str:
    try:
        return text.format_map(values)
    except (LookupError, ValueError, AttributeError):
        known = ", ".join(f"{{{name}}}" for name in values) or "nothing"
        raise CatalogueError(template, f"{known} in braces", repr(text)) from None


def _relate(requirements: Sequence[Requirement]) -> Iterator[Requirement]:
    """Turn globs into ids, and make every relation mutual."""
    pairs: set[tuple[str, str]] = set()
    for requirement in requirements:
        for pattern in requirement.related:
            for other in requirements:
                if other.id != requirement.id and _matches(other.id, pattern):
                    pairs |= {(requirement.id, other.id), (other.id, requirement.id)}
    for requirement in requirements:
        related = tuple(r.id for r in requirements if (requirement.id, r.id) in pairs)
        yield replace(requirement, related=related)


def _matches(requirement_id: str, pattern: str) -> bool:
    # A property's name may hold what a glob takes for its own.
    return requirement_id == pattern or fnmatchcase(requirement_id, pattern)


def _lint_relatives(written: Iterable[Requirement], catalogue: Catalogue, templates: Sequence[str]) -> None:
    """Raise CatalogueError for a relative that is neither there nor what an entry makes under other security."""
    for requirement in written:
        for pattern in requirement.related:
            elsewhere = any(fnmatchcase(template, pattern) for template in templates)
            if not elsewhere and not catalogue.matching(pattern):
                found = f"{pattern!r}; the closest is {catalogue.closest(pattern)}"
                raise CatalogueError(requirement.id, "relatives that exist", found)


def _lint_retired(catalogue: Catalogue, retired: Sequence[Mapping[str, str]]) -> None:
    for entry in retired:
        check_members(str(entry.get("id", entry)), entry, RETIRED_MEMBERS, required=("id",))
        if entry["id"] in catalogue:
            raise CatalogueError(entry["id"], "a retired id to stay unused", "it in use again")
        if entry.get("successor") not in (None, *catalogue):
            raise CatalogueError(entry["id"], "a successor that exists", repr(entry["successor"]))
