"""Capabilities: optional features of a target, which its user can declare unsupported or limited.

They are data, in ``spec/capabilities.yaml``: each has a JSON Schema of the requests that need it.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from conformance.errors import UsageError

from .errors import closest_name
from .openapi.fields import Field
from .openapi.source_file import read_file
from .roles import MissingRole, Roles, usual_roles
from .spec_files import spec_file

LIMIT = "limit"
"""The name of the placeholder of a declared limit in the schemas."""

PLACEHOLDER = re.compile(r"\$([a-z]+)")
"""The placeholder of a limit, or of the property with a role."""

NOTHING: Mapping[str, Any] = {"not": {}}
"""The JSON Schema that no request matches."""

MAX_LIMIT = 1_000_000
"""The largest limit that can be declared. A request over a larger limit would be too large to send."""

MAX_RESULTS = 4096
"""The maximum number of payloads whose results are kept."""

MARSHAL_VERSION = 2
"""The last version of marshal whose output depends only on the value, not on shared objects."""

AS_IF_SUPPORTED = "accepted it, and the response alone shows no fault"
"""What a run says if the server responds to a request for an unsupported capability as if it supported it."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability; ``title`` completes "... are rejected". ``example`` has properties of a request that needs it.

    ``needed_by`` is the JSON Schema of the requests that need it, ``beyond`` of the requests over its limit,
    ``perhaps_beyond`` of the requests that may be over its limit, depending on how the target counts. A schema is None
    if the capability has no such requests.
    """

    name: str
    title: str
    example: Mapping[str, Any] = field(default_factory=dict, repr=False)
    needed_by: Mapping[str, Any] | None = field(default=None, repr=False)
    beyond: Mapping[str, Any] | None = field(default=None, repr=False)
    perhaps_beyond: Mapping[str, Any] | None = field(default=None, repr=False)


class InvalidCapability(UsageError, ValueError):
    """A declaration of an unknown capability, or a declaration that this capability cannot have."""

    def __init__(self, declared: str, problem: str, suggestion: str | None = None) -> None:
        self.declared, self.problem, self.suggestion = declared, problem, suggestion
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"capability {declared!r}: {problem}{hint}")


@lru_cache(maxsize=1)
def shipped_capabilities() -> Mapping[str, Capability]:
    """The shipped capabilities by name, in the order of the file."""
    return load_capabilities(spec_file("capabilities.yaml"))


def load_capabilities(path: Path) -> Mapping[str, Capability]:
    """Load capabilities by name. Raises UnreadableFile; InvalidFile, with file and line."""
    found: dict[str, Capability] = {}
    root = Field(read_file(path)).members(("capabilities",))
    for item in root["capabilities"].items(at_least=1):
        members = item.members(("name", "title"), ("example", "needed-by", "beyond", "perhaps-beyond"))
        name = members["name"].text()
        if name in found:
            raise members["name"].error("each capability once")
        if not {"needed-by", "beyond"} & members.keys():
            raise item.error("the member 'needed-by' or 'beyond'", found=", ".join(members))
        if ("example" in members) != ("needed-by" in members):
            raise item.error("both 'example' and 'needed-by', or neither", found=", ".join(members))
        example = members["example"].value if "example" in members else {}
        schemas = [
            members[key].value if key in members else None
            for key in ("needed-by", "beyond", "perhaps-beyond")
        ]
        found[name] = Capability(name, members["title"].text(), example, *schemas)
    return found


@dataclass(frozen=True)
class DeclaredCapabilities:
    """The user's declarations: the ``unsupported`` capabilities, and the ``limits`` by capability.

    The target supports everything else. ``roles`` are the names of the properties of a request.
    """

    unsupported: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict)
    roles: Roles = field(default_factory=usual_roles)

    @classmethod
    def read(cls, unsupported: Iterable[str] = (), limits: Iterable[str] = ()) -> DeclaredCapabilities:
        """Read names of capabilities, and limits in the form ``NAME=N``. Raises InvalidCapability."""
        names = frozenset(_known_name(name, "needed_by", name) for name in unsupported)
        bounds: dict[str, int] = {}
        for declared in limits:
            name, limit = _limit(declared)
            if name in names or bounds.get(name, limit) != limit:
                raise InvalidCapability(
                    declared, f"it contradicts another declaration of {name}; remove one of them"
                )
            bounds[name] = limit
        return cls(names, bounds)

    @property
    def conditions(self) -> frozenset[str]:
        """The conditions (``Requirement.when``) that these declarations satisfy."""
        return frozenset(f"without {name}" for name in {*self.unsupported, *self.limits})

    def missing(self, payload: object) -> frozenset[str]:
        """The capabilities that a request with *payload* needs and the target does not support."""
        return self._needed.matches(self._plain(payload))

    def possibly_missing(self, payload: object) -> frozenset[str]:
        """The capabilities that the request may need, depending on how the target counts."""
        return self._perhaps_needed.matches(self._plain(payload))

    def _plain(self, payload: object) -> object:
        """*payload* with its texts as the value of a property, as the schemas expect them."""
        if self.roles.texts_place is None or (texts := self.roles.texts_of(payload)) is None:
            return payload
        others = payload if isinstance(payload, dict) else {}
        return {**others, str(self.roles.texts): texts}

    @cached_property
    def _needed(self) -> _Matcher:
        known = shipped_capabilities()
        limited = {name: self._filled(known[name].beyond, limit) for name, limit in self.limits.items()}
        unsupported = {name: self._filled(known[name].needed_by) for name in sorted(self.unsupported)}
        return _Matcher(limited | unsupported)

    @cached_property
    def _perhaps_needed(self) -> _Matcher:
        known = shipped_capabilities()
        schemas = {
            name: self._filled(known[name].perhaps_beyond, limit) for name, limit in self.limits.items()
        }
        return _Matcher({name: schema for name, schema in schemas.items() if schema is not None})

    def _filled(self, schema: Mapping[str, Any] | None, limit: int | None = None) -> Any:
        """*schema* with the names of properties, and with *limit*; one that nothing matches without the property."""
        try:
            return with_role_names(schema, self.roles, limit)
        except MissingRole:
            return NOTHING


class _Matcher:
    """Finds the capabilities whose schemas match a payload.

    A run checks the same payload several times, and the schemas are slow for large batches. So the latest results are
    kept, by the digest of the payload.
    """

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._results: dict[bytes, frozenset[str]] = {}

    def matches(self, payload: object) -> frozenset[str]:
        """The names of the matching schemas; none for a payload that is not an object."""
        if not self._schemas or not isinstance(payload, dict):
            return frozenset()
        try:
            key = blake2b(marshal.dumps(payload, MARSHAL_VERSION), digest_size=16).digest()
        except ValueError:  # too deeply nested
            return self._validate(payload)
        if key not in self._results:
            if len(self._results) >= MAX_RESULTS:
                self._results.clear()
            self._results[key] = self._validate(payload)
        return self._results[key]

    def _validate(self, payload: object) -> frozenset[str]:
        return frozenset(name for name, validator in self._validators.items() if validator.is_valid(payload))

    @cached_property
    def _validators(self) -> Mapping[str, Any]:
        from jsonschema import Draft202012Validator

        return {name: Draft202012Validator(schema) for name, schema in self._schemas.items()}


def _limit(declared: str) -> tuple[str, int]:
    name, separator, number = declared.partition("=")
    _known_name(name, "beyond", declared)
    if not separator or not re.fullmatch("[0-9]{1,9}", number) or not 0 < int(number) <= MAX_LIMIT:
        raise InvalidCapability(
            declared, f"use the form {name}=N, where N is a whole number from 1 to {MAX_LIMIT:,}"
        )
    return name, int(number)


def _known_name(name: str, member: str, declared: str) -> str:
    known = [capability.name for capability in shipped_capabilities().values() if getattr(capability, member)]
    if name in known:
        return name
    if name in shipped_capabilities() and member == "needed_by":
        raise InvalidCapability(
            declared, f"it can only be limited, not unsupported; declare a limit, {name}=N"
        )
    if name in shipped_capabilities():
        raise InvalidCapability(declared, f"{name} has no limit; only {', '.join(known)} can be limited")
    raise InvalidCapability(declared, f"unknown; use one of {', '.join(known)}", closest_name(name, known))


def with_role_names(node: Any, roles: Roles, limit: int | None = None) -> Any:
    """*node* of the data with the names of *roles*, and with *limit*. Raises MissingRole."""

    def value_of(name: str) -> Any:
        return limit if name == LIMIT else next(iter(roles.named(**{name: None})))

    match node:
        case dict():
            return {
                with_role_names(key, roles): with_role_names(value, roles, limit)
                for key, value in node.items()
            }
        case list():
            return [with_role_names(value, roles, limit) for value in node]
        case str() if found := PLACEHOLDER.fullmatch(node):
            return value_of(found[1])
        case str():
            return PLACEHOLDER.sub(lambda found: str(value_of(found[1])), node)
    return node
