"""The contract's security section: which sets of credentials must be accepted.

``security`` is an OR of alternatives, each an AND of schemes (OpenAPI 3.0.3, "Security Requirement Object"). Additional
credentials never invalidate a satisfied alternative. So acceptance is monotone: every set is either accepted or
rejected, and the minimal accepted and maximal rejected sets describe all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, count
from typing import Any

from conformance.errors import UsageError
from conformance.text import clip

from .errors import closest, listed
from .openapi.json_pointer import join
from .openapi.limits import MAX_ALTERNATIVES
from .openapi.references import dereference
from .schema import kebab

MAX_SCHEMES = 12
"""The maximum number of schemes: n schemes have 2**n sets of credentials."""

UPSTREAM_VALUES = ("as-given", "withheld")
"""What a gateway must do with a credential: forward it to its upstream, or not forward it."""

ANNOTATIONS: Mapping[str, tuple[type, str]] = {
    "secret": (bool, "true or false"),
    "placeholder": (str, "a string"),
    "upstream": (str, " or ".join(UPSTREAM_VALUES)),
    "unusable": (list, "a list of strings"),
}
"""Members of ``x-conformance`` in a security scheme: the type of each value, and its description for errors."""

ANONYMOUS = "anonymous"
"""The label of the empty set of credentials. No scheme has it."""


class UnsupportedSecurity(UsageError, ValueError):
    """The contract's security section uses a construct that the suite does not support."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{clip(pointer)}: {clip(found)} is not supported; use {clip(expected)}")


@dataclass(frozen=True)
class Scheme:
    """One credential: its header, and the ``prefix`` of its value there.

    ``label`` is the name as a part of requirement ids; it is unique among the schemes of an operation. ``secret`` is
    False if any non-empty value is valid (a provider's name); ``placeholder`` is then an example. ``unusable`` values
    are well-formed, but must be rejected. ``upstream`` is what a gateway must do with the credential, ``as-given`` or
    ``withheld``; empty if the contract does not specify it.
    """

    name: str
    label: str
    header: str
    prefix: str = ""
    secret: bool = True
    placeholder: str | None = None
    upstream: str = ""
    unusable: tuple[str, ...] = ()

    def render(self, credential: str) -> tuple[str, str]:
        """The name and value of the header with *credential*."""
        return self.header, f"{self.prefix}{credential}"

    def extract(self, value: str) -> str | None:
        """The credential in a header's *value*; None if it is empty, or belongs to another scheme.

        Surrounding whitespace is ignored (RFC 9110, 5.5); scheme names are case-insensitive (RFC 9110, 11.1).
        """
        value = value.strip(" \t")
        if not self.prefix:
            return value or None
        scheme, _, credential = value.partition(" ")
        if scheme.lower() != self.prefix.strip().lower():
            return None
        return credential.strip(" \t") or None


@dataclass(frozen=True)
class Security:
    """The schemes of an operation, in order of first mention, and its alternatives in the contract's order."""

    schemes: tuple[Scheme, ...]
    alternatives: tuple[frozenset[str], ...]
    pointer: str

    def __getitem__(self, name: str) -> Scheme:
        return {scheme.name: scheme for scheme in self.schemes}[name]

    def accepts(self, names: Collection[str]) -> bool:
        """Whether valid credentials for exactly the schemes *names* satisfy an alternative."""
        return any(alternative <= frozenset(names) for alternative in self.alternatives)

    def subsets(self) -> Iterator[frozenset[str]]:
        """All sets of schemes, the smallest first."""
        names = [scheme.name for scheme in self.schemes]
        for size in range(len(names) + 1):
            for chosen in combinations(names, size):
                yield frozenset(chosen)

    def minimal_accepted(self) -> tuple[frozenset[str], ...]:
        """The accepted sets that are rejected if any one credential is removed."""
        return tuple(a for a in self.alternatives if not any(other < a for other in self.alternatives))

    def maximal_rejected(self) -> tuple[frozenset[str], ...]:
        """The rejected sets that are accepted if any one credential is added."""
        everything = frozenset(scheme.name for scheme in self.schemes)
        return tuple(
            names
            for names in self.subsets()
            if not self.accepts(names) and all(self.accepts(names | {one}) for one in everything - names)
        )

    def ordered(self, names: Collection[str]) -> tuple[Scheme, ...]:
        """The schemes *names*, in the contract's order."""
        return tuple(scheme for scheme in self.schemes if scheme.name in names)

    def label_accepted(self, names: frozenset[str]) -> str:
        """A label for an accepted set: its schemes, without those that all alternatives have."""
        common = frozenset.intersection(*self.alternatives) if self.alternatives else frozenset()
        return "+".join(s.label for s in self.ordered(names - common or names)) or ANONYMOUS

    def label_rejected(self, names: frozenset[str]) -> str:
        """A label for a rejected set: the schemes that it lacks."""
        lacking = [s.label for s in self.schemes if s.name not in names]
        return "without-" + "+".join(lacking)


def read_security(
    document: Mapping[str, Any], operation_pointer: str, operation: Mapping[str, Any]
) -> Security:
    """Read the security of *operation*, which overrides the document's (OpenAPI 3.0.3, "Operation Object").

    If neither has a security section, ``pointer`` is that of the operation. Supported are API keys in headers, and HTTP
    bearer. Raises UnsupportedSecurity for other schemes, and for two schemes in one header.
    """
    places = {f"{operation_pointer}/security": operation, "/security": document}
    pointer = next((place for place, owner in places.items() if "security" in owner), operation_pointer)
    requirements = places.get(pointer, {}).get("security", [])
    if not isinstance(requirements, list) or not all(isinstance(each, Mapping) for each in requirements):
        raise UnsupportedSecurity(pointer, repr(requirements), "a list of objects with scheme names as keys")
    alternatives = tuple(dict.fromkeys(frozenset(r) for r in requirements)) or (frozenset(),)
    names = list(dict.fromkeys(name for requirement in requirements for name in requirement))
    if len(alternatives) > MAX_ALTERNATIVES:
        found = f"a section with {len(alternatives):,} alternatives"
        raise UnsupportedSecurity(pointer, found, f"at most {MAX_ALTERNATIVES}")
    if len(names) > MAX_SCHEMES:
        raise UnsupportedSecurity(pointer, f"a section with {len(names)} schemes", f"at most {MAX_SCHEMES}")
    schemes = tuple(_scheme(document, name, label) for name, label in _labels(names).items())
    _reject_shared_headers(schemes)
    return Security(schemes, alternatives, pointer)


def _labels(names: Iterable[str]) -> dict[str, str]:
    """A label for each of *names*; names that differ only in case (``apiKey`` and ``api-key``) get a number."""
    labels: dict[str, str] = {}
    for name in names:
        taken = {ANONYMOUS, *labels.values()}
        stem = kebab(name) or name
        numbered = (f"{stem}-{number}" for number in count(2))
        labels[name] = next(label for label in chain([stem], numbered) if label not in taken)
    return labels


def _reject_shared_headers(schemes: Iterable[Scheme]) -> None:
    users: dict[str, str] = {}
    for scheme in schemes:
        other = users.setdefault(scheme.header.lower(), scheme.name)
        if other != scheme.name:
            raise UnsupportedSecurity(
                join(("components", "securitySchemes", scheme.name)),
                f"the header {scheme.header}, which {other} also uses,",
                "a separate header for each scheme",
            )


def _scheme(document: Mapping[str, Any], name: str, label: str) -> Scheme:
    known = document.get("components", {}).get("securitySchemes", {})
    if name not in known:
        raise UnsupportedSecurity(
            "/components/securitySchemes",
            f"the undefined scheme {name!r}",
            f"one of {listed(known) or 'none'}",
        )
    pointer, node = dereference(document, join(("components", "securitySchemes", name)))
    annotations = _annotations(f"{pointer}/x-conformance", node.get("x-conformance", {}))
    match node:
        case {"type": "apiKey", "in": "header", "name": str(header)}:
            return Scheme(name, label, header, **annotations)
        case {"type": "http", "scheme": str(scheme)} if scheme.lower() == "bearer":
            return Scheme(name, label, "Authorization", "Bearer ", **annotations)
    found = " ".join(f"{key}: {node[key]}" for key in ("type", "in", "scheme") if key in node)
    raise UnsupportedSecurity(pointer, f"a scheme of {found}", "apiKey in a header, or http bearer")


def _annotations(pointer: str, node: object) -> dict[str, Any]:
    """The fields of a Scheme in *node*, the value of ``x-conformance`` at *pointer*."""
    if not isinstance(node, Mapping):
        raise UnsupportedSecurity(pointer, repr(node), "an object")
    found = {key: value for key, value in node.items() if not str(key).startswith("x-")}
    for key, value in found.items():
        if key not in ANNOTATIONS:
            near = closest(str(key), ANNOTATIONS)
            hint = f"; did you mean {near}?" if near else ""
            raise UnsupportedSecurity(
                f"{pointer}/{key}", "this key", f"one of {', '.join(ANNOTATIONS)}{hint}"
            )
        kind, expected = ANNOTATIONS[key]
        if not isinstance(value, kind):
            raise UnsupportedSecurity(f"{pointer}/{key}", repr(value), expected)
    if found.get("upstream", UPSTREAM_VALUES[0]) not in UPSTREAM_VALUES:
        expected = " or ".join(UPSTREAM_VALUES)
        raise UnsupportedSecurity(f"{pointer}/upstream", repr(found["upstream"]), expected)
    unusable = tuple(found.get("unusable", ()))
    for number, value in enumerate(unusable):
        if not _fits_a_header(value):
            expected = "a string of printable ASCII without surrounding whitespace (JSON in quotes)"
            raise UnsupportedSecurity(f"{pointer}/unusable/{number}", repr(value), expected)
    if found.get("placeholder") in unusable:
        raise UnsupportedSecurity(
            f"{pointer}/placeholder", repr(found["placeholder"]), "a value that is not in `unusable`"
        )
    return found | {"unusable": unusable}


def _fits_a_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != ""
