"""Capabilities: what a target may lack without being wrong, as long as its user declares it.

They are data, in ``spec/capabilities.yaml``: for each a JSON Schema of the requests that need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from conformance.errors import UsageError

from .errors import closest
from .openapi.source_file import read_file
from .spec_files import spec_file

LIMIT = "$limit"

MOST = 1_000_000
"""The largest limit that can be declared; a request beyond a larger one would be no test any more."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability.

    ``needed_by`` is the JSON Schema of the requests that need it, ``beyond`` that of the requests over a limit of it,
    ``perhaps_beyond`` that of requests of which only the target knows; None where there is no such thing.
    """

    name: str
    title: str
    needed_by: Mapping[str, Any] | None = field(repr=False)
    beyond: Mapping[str, Any] | None = field(repr=False)
    perhaps_beyond: Mapping[str, Any] | None = field(repr=False)


class UnknownCapability(UsageError, ValueError):
    """Something declared of a capability that there is not, or that can not be declared of it."""

    def __init__(self, declared: str, expected: str, near: str | None = None) -> None:
        self.declared, self.expected, self.closest = declared, expected, near
        mend = f"; did you mean {near}?" if near else ""
        super().__init__(f"capability {declared!r}: expected {expected}{mend}")


@lru_cache(maxsize=1)
def capabilities() -> Mapping[str, Capability]:
    """All capabilities by name, in the order of the file."""
    entries = read_file(spec_file("capabilities.yaml")).value["capabilities"]
    return {
        entry["name"]: Capability(
            entry["name"],
            entry["title"],
            entry.get("needed-by"),
            entry.get("beyond"),
            entry.get("perhaps-beyond"),
        )
        for entry in entries
    }


@dataclass(frozen=True)
class DeclaredCapabilities:
    """What a target claims: everything but the capabilities ``unsupported``, and within ``limits``, by capability."""

    unsupported: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, unsupported: Iterable[str] = (), limits: Iterable[str] = ()) -> DeclaredCapabilities:
        """The claims from names, and from limits as ``NAME=N``. Raises UnknownCapability."""
        names = frozenset(_named(name, "needed_by", name) for name in unsupported)
        bounds: dict[str, int] = {}
        for declared in limits:
            name, most = _limit(declared)
            if name in names or bounds.get(name, most) != most:
                raise UnknownCapability(
                    declared, f"one declaration of {name}, and found another one beside it"
                )
            bounds[name] = most
        return cls(names, bounds)

    @property
    def circumstances(self) -> frozenset[str]:
        """Which requirements these claims give an occasion for (``Requirement.when``)."""
        return frozenset(f"without {name}" for name in {*self.unsupported, *self.limits})

    def lacking(self, payload: object) -> frozenset[str]:
        """The capabilities that a request with *payload* needs and the target does not claim."""
        return _matched(self._lacking, payload)

    def may_lack(self, payload: object) -> frozenset[str]:
        """Those that it may need: only the target knows how it counts."""
        return _matched(self._perhaps, payload)

    @cached_property
    def _lacking(self) -> list[tuple[str, Any]]:
        known = capabilities()
        plain = [(name, _validator(known[name].needed_by, 0)) for name in sorted(self.unsupported)]
        return plain + [(name, _validator(known[name].beyond, n)) for name, n in self.limits.items()]

    @cached_property
    def _perhaps(self) -> list[tuple[str, Any]]:
        schemas = [(name, capabilities()[name].perhaps_beyond, n) for name, n in self.limits.items()]
        return [(name, _validator(schema, n)) for name, schema, n in schemas if schema is not None]


def _limit(declared: str) -> tuple[str, int]:
    name, separator, number = declared.partition("=")
    _named(name, "beyond", declared)
    if not separator or not re.fullmatch("[0-9]{1,9}", number) or not 0 < int(number) <= MOST:
        raise UnknownCapability(declared, f"{name}=N, with a whole number from 1 to {MOST:,} as N")
    return name, int(number)


def _named(name: str, member: str, declared: str) -> str:
    known = [capability.name for capability in capabilities().values() if getattr(capability, member)]
    if name in known:
        return name
    if name in capabilities() and member == "needed_by":
        raise UnknownCapability(
            declared, f"one of {', '.join(known)}; of {name} only a limit can be declared"
        )
    raise UnknownCapability(declared, f"one of {', '.join(known)}", closest(name, known))


def _matched(validators: Iterable[tuple[str, Any]], payload: object) -> frozenset[str]:
    if not isinstance(payload, dict):
        return frozenset()
    return frozenset(name for name, validator in validators if validator.is_valid(payload))


def _validator(schema: Mapping[str, Any] | None, limit: int) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_limited(schema, limit))


def _limited(node: Any, limit: int) -> Any:
    """*node* with the number *limit* wherever it names it."""
    match node:
        case dict():
            return {key: _limited(value, limit) for key, value in node.items()}
        case list():
            return [_limited(value, limit) for value in node]
        case str() if node == LIMIT:
            return limit
        case str():
            return node.replace(LIMIT, str(limit))
    return node
