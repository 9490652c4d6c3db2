"""The requirement catalogue: derived from the schemas, and read from ``spec/requirements.yaml``.

Loading checks it: members, levels, severities and kinds of sources are known, ids are unique, sources and related
requirements exist, titles are statements.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from typing import Any

from conformance.contract.errors import closest_name
from conformance.contract.openapi.keywords import SHOWN_AS
from conformance.contract.parameters import Parameter
from conformance.contract.profile import ProfileLevel
from conformance.contract.responses import Responses
from conformance.contract.roles import Roles
from conformance.contract.schema import Schema
from conformance.contract.security import Security

from .expansion import Expansion
from .requirement import (
    RETIRED_MEMBERS,
    CatalogueError,
    Requirement,
    Source,
    check_members,
    check_requirement,
    locate_source,
)
from .retired import current_id
from .severity import DefaultSeverities
from .versions import Versions
from .wording import null_title, required_title, title_of

SENDABLE = "auth.sendable"
"""The requirement that stands for alternatives whose credentials the suite cannot send."""

_GLOB = frozenset("*?[")


class Catalogue(Mapping[str, Requirement]):
    """All requirements of a contract under a profile, by id.

    ``dropped`` are the ids of requirements whose source does not exist in a user's own document. On the vendored
    document, that is an error.
    """

    def __init__(self, requirements: Iterable[Requirement], dropped: Sequence[str] = ()) -> None:
        self._by_id: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._by_id:
                raise CatalogueError(requirement.id, "a unique id", "a duplicate")
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
        return [self._by_id[id] for id in _matching(pattern, self._by_id)]

    def applicable(self, conditions: Collection[str]) -> Catalogue:
        """The requirements that a run tests if *conditions* hold (``Requirement.when``)."""
        kept = [r for r in self._by_id.values() if not r.when or r.when in conditions]
        return Catalogue(kept, self.dropped)

    def without_credentials(self) -> Catalogue:
        """The requirements that can be tested if no credential of the contract can be sent."""
        kept = (r for r in self._by_id.values() if r.area != "auth" or r.id == SENDABLE)
        return Catalogue(kept, self.dropped)

    def closest(self, requirement_id: str) -> str | None:
        """The id that replaced *requirement_id*, or else the most similar one, for error messages."""
        successor = current_id(requirement_id)
        return successor if successor in self else closest_name(requirement_id, self._by_id)


def build_catalogue(
    document: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    schemas: Sequence[Schema],
    security: Security,
    operation: tuple[str, str],
    responses: Responses,
    places: Mapping[str, str],
    roles: Roles,
    strict: bool,
    parameters: Sequence[Parameter] = (),
) -> Catalogue:
    """Build and check the catalogue.

    ``operation`` is the contract's path and method, ``responses`` what it declares about its responses, ``parameters``
    those of the operation, ``places`` the pointers that sources may name in braces. ``strict`` is for the vendored
    document with a shipped profile: every source, role, related requirement and successor must exist. Otherwise a
    requirement whose source or role does not exist is dropped.
    """
    members = {"version": int, "since": dict, "severities": dict, "requirements": list, "retired": list}
    required = ("severities", "requirements", "version", "since")
    check_members("of the whole file", data, members, required=required)
    severities = DefaultSeverities(data["severities"])
    versions = Versions(data["version"], data["since"])
    derived = [r for schema in schemas for r in from_schema(schema)]
    expansion = Expansion(document, security, operation, responses, places, parameters)
    written = [r for entry in data["requirements"] for r in expansion.requirements(entry)]
    of_schemas = {requirement.id for requirement in derived}
    kept: list[Requirement] = []
    dropped: list[Requirement] = []
    for requirement in map(versions.apply, map(severities.apply, derived + written)):
        is_derived = requirement.id in of_schemas
        if not is_derived:
            check_requirement(requirement)
        source, problem = locate_source(requirement.source, document)
        if problem and source.practice and not strict:
            source, problem = Source("practice", reference=source.practice), ""
        problem = problem or _missing(requirement, roles)
        if problem and strict:
            raise CatalogueError(requirement.id, problem, "nothing")
        (dropped if problem and not is_derived else kept).append(replace(requirement, source=source))
    catalogue = Catalogue(_relate(kept), [r.id for r in dropped])
    if strict:
        templates = [entry["id"] for entry in data["requirements"]]
        _check_related(written, catalogue, templates)
        _check_retired({*catalogue, *templates}, data.get("retired", []))
    return catalogue


def with_levels(catalogue: Catalogue, changes: Sequence[ProfileLevel], *, strict: bool) -> Catalogue:
    """*catalogue* with a profile's levels.

    Raises CatalogueError for a change that matches nothing, unless *strict* is False (for a user's own document).
    """
    requirements = dict(catalogue)
    for change in changes:
        matched = catalogue.matching(change.requirement)
        if not matched and strict:
            near = catalogue.closest(change.requirement)
            raise CatalogueError(
                change.requirement, "an id of the catalogue", f"none; the most similar is {near}"
            )
        for requirement in matched:
            requirements[requirement.id] = replace(requirement, level=change.level, reason=change.reason)
    return Catalogue(requirements.values(), catalogue.dropped)


def from_schema(schema: Schema) -> Iterator[Requirement]:
    """Yield a requirement for each constraint below *schema*, for each property in ``required``, and for null as the
    value of each optional property."""
    area = schema.name.split(".")[0]
    siblings = {branch.name: node.branches for node in schema.walk() for branch in node.branches}
    for node in schema.walk():
        yield from _nulls(node, area)
        for keyword in node.keywords():
            source = Source("schema", node.pointer, node.node.get(SHOWN_AS, keyword))
            for requirement_id, title in _statements(node, keyword):
                related = tuple(_overlapping(node, keyword, siblings.get(node.name, ())))
                yield Requirement(requirement_id, "must", area, title, source, related, template=keyword)


def _nulls(node: Schema, area: str) -> Iterator[Requirement]:
    """Requirements that optional properties are not null, with ids of their own, so that a profile can change them."""
    for child in node.non_nullable:
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


def _overlapping(node: Schema, keyword: str, siblings: Iterable[Schema]) -> Iterator[str]:
    """Ids that one value may violate together: type and enum of a node, minItems of all array branches."""
    if keyword == "enum" and "type" in node.node:
        yield node.id_of("type")
    if keyword == "oneOf":
        yield from (branch.id_of("type") for branch in node.branches)
    if keyword == "minItems":
        yield from (sibling.id_of(keyword) for sibling in siblings)


def _relate(requirements: Sequence[Requirement]) -> Iterator[Requirement]:
    """Replace globs by ids, and make every relation mutual."""
    ids = {requirement.id: None for requirement in requirements}
    related: dict[str, set[str]] = {id: set() for id in ids}
    for requirement in requirements:
        for pattern in requirement.related:
            for other in _matching(pattern, ids):
                related[requirement.id].add(other)
                related[other].add(requirement.id)
    order = {id: place for place, id in enumerate(ids)}
    for requirement in requirements:
        others = related[requirement.id] - {requirement.id}
        yield replace(requirement, related=tuple(sorted(others, key=order.__getitem__)))


def _missing(requirement: Requirement, roles: Roles) -> str:
    """What *requirement* needs and the contract does not have; or nothing."""
    missing = [name for name in requirement.roles if not roles.has(name)]
    excluded = [name for name in requirement.unless if roles.has(name)]
    if missing:
        return f"a property for the role {missing[0]}"
    return f"no property for the role {excluded[0]}" if excluded else ""


def _matching(pattern: str, ids: Collection[str]) -> list[str]:
    """Those of *ids* that are *pattern* or match it as a glob: a name of a property may contain characters of globs."""
    if _GLOB.isdisjoint(pattern):
        return [pattern] if pattern in ids else []
    matches = re.compile(translate(pattern)).match
    return [id for id in ids if id == pattern or matches(id)]


def _check_related(written: Iterable[Requirement], catalogue: Catalogue, templates: Sequence[str]) -> None:
    """Raise CatalogueError for a related id that does not exist, not even with another security section."""
    unknown: dict[str, bool] = {}
    for requirement in written:
        for pattern in requirement.related:
            if pattern not in unknown:
                unknown[pattern] = not (_matching(pattern, templates) or catalogue.matching(pattern))
            if unknown[pattern]:
                found = f"{pattern!r}; the most similar is {catalogue.closest(pattern)}"
                raise CatalogueError(requirement.id, "related requirements that exist", found)


def _check_retired(ids: Collection[str], retired: Sequence[Mapping[str, str]]) -> None:
    for entry in retired:
        check_members(str(entry.get("id", entry)), entry, RETIRED_MEMBERS, required=("id",))
        if entry["id"] in ids:
            raise CatalogueError(entry["id"], "an unused id for a retired requirement", "an id in use")
        if entry.get("successor") not in (None, *ids):
            raise CatalogueError(entry["id"], "a successor that exists", repr(entry["successor"]))
