"""Security algebra: which sets of credentials open the door.

``security`` is an OR of alternatives, each an AND over schemes (OpenAPI 3.0.3, "Security Requirement Object").
Credentials beyond a satisfied alternative never invalidate it, so acceptance is monotone, every subset has a verdict,
and the whole matrix is described by its minimal accepted and its maximal refused sets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, count
from typing import Any

from conformance.errors import UsageError

from .errors import closest
from .openapi.json_pointer import join
from .openapi.references import dereference
from .schema import kebab

MAX_SCHEMES = 12
"""The matrix has two to the power of the schemes rows; more than this many schemes are refused."""

UPSTREAM = ("as-given", "withheld")
"""What a gateway may be to do with a credential: send it on to the server behind it, or keep it from there."""

ANNOTATIONS: Mapping[str, tuple[type, str]] = {
    "secret": (bool, "true or false"),
    "placeholder": (str, "a string"),
    "upstream": (str, " or ".join(UPSTREAM)),
    "unusable": (list, "a list of strings"),
}
"""What ``x-conformance`` may say of a security scheme: the type of each value, and what to expect in words."""

ANONYMOUS = "anonymous"
"""The label of the empty set of credentials; no scheme's."""


class UnsupportedSecurity(UsageError, ValueError):
    """The contract's security can not be turned into sets of headers."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{pointer}: {found} is not supported; expected {expected}")


@dataclass(frozen=True)
class Scheme:
    """One credential: the header that carries it, and what stands before it there.

    ``label`` is the name as a part of requirement ids, unique among the schemes of an operation. ``secret`` is False
    where any non-empty value is valid (a provider's name) but the ``unusable`` ones, which a server can read, and which
    lead nowhere; ``placeholder`` is then an example. ``upstream`` is what a gateway does with it, ``as-given`` or
    ``withheld``; empty where the contract does not say.
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
        """The header that carries *credential*."""
        return self.header, f"{self.prefix}{credential}"

    def extract(self, value: str) -> str | None:
        """The credential inside a header's *value*; None where there is none, or it is of another scheme.

        Surrounding blanks mean nothing (RFC 9110, 5.5); a scheme's name has no case (RFC 9110, 11.1).
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
        """The accepted sets that are refused as soon as any one credential is taken away."""
        return tuple(a for a in self.alternatives if not any(other < a for other in self.alternatives))

    def maximal_rejected(self) -> tuple[frozenset[str], ...]:
        """The refused sets that are accepted as soon as any one credential is added."""
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
        """A short name for an accepted set: what sets it apart from all alternatives' common credentials."""
        common = frozenset.intersection(*self.alternatives) if self.alternatives else frozenset()
        return "+".join(s.label for s in self.ordered(names - common or names)) or ANONYMOUS

    def label_rejected(self, names: frozenset[str]) -> str:
        """A short name for a refused set: what it lacks."""
        lacking = [s.label for s in self.schemes if s.name not in names]
        return "without-" + "+".join(lacking)


def read_security(
    document: Mapping[str, Any], operation_pointer: str, operation: Mapping[str, Any]
) -> Security:
    """Read the security of *operation*, which overrides the document's (OpenAPI 3.0.3, "Operation Object").

    Where neither has one, the operation itself is the place that says so. Raises UnsupportedSecurity for anything but
    an API key in a header and HTTP bearer, and for two schemes in one header.
    """
    places = {f"{operation_pointer}/security": operation, "/security": document}
    pointer = next((place for place, owner in places.items() if "security" in owner), operation_pointer)
    requirements = places.get(pointer, {}).get("security", [])
    if not isinstance(requirements, list) or not all(isinstance(each, Mapping) for each in requirements):
        raise UnsupportedSecurity(
            pointer, repr(requirements), "a list of objects, each with schemes for keys"
        )
    alternatives = tuple(dict.fromkeys(frozenset(r) for r in requirements)) or (frozenset(),)
    names = list(dict.fromkeys(name for requirement in requirements for name in requirement))
    if len(names) > MAX_SCHEMES:
        raise UnsupportedSecurity(pointer, f"{len(names)} schemes", f"at most {MAX_SCHEMES}")
    schemes = tuple(_scheme(document, name, label) for name, label in _labels(names).items())
    _refuse_shared_headers(schemes)
    return Security(schemes, alternatives, pointer)


def _labels(names: Iterable[str]) -> dict[str, str]:
    """A label for each of *names*; those that differ in case alone (``apiKey`` and ``api-key``) are numbered."""
    labels: dict[str, str] = {}
    for name in names:
        taken = {ANONYMOUS, *labels.values()}
        stem = kebab(name) or name
        numbered = (f"{stem}-{number}" for number in count(2))
        labels[name] = next(label for label in chain([stem], numbered) if label not in taken)
    return labels


def _refuse_shared_headers(schemes: Iterable[Scheme]) -> None:
    carried: dict[str, str] = {}
    for scheme in schemes:
        other = carried.setdefault(scheme.header.lower(), scheme.name)
        if other != scheme.name:
            raise UnsupportedSecurity(
                join(("components", "securitySchemes", scheme.name)),
                f"the header {scheme.header}, which carries {other} already,",
                "a header of its own for each scheme",
            )


def _scheme(document: Mapping[str, Any], name: str, label: str) -> Scheme:
    known = document.get("components", {}).get("securitySchemes", {})
    if name not in known:
        raise UnsupportedSecurity(
            "/components/securitySchemes",
            f"a missing scheme {name!r}",
            f"one of {', '.join(known) or 'none'}",
        )
    pointer, node = dereference(document, join(("components", "securitySchemes", name)))
    said = _annotations(f"{pointer}/x-conformance", node.get("x-conformance", {}))
    match node:
        case {"type": "apiKey", "in": "header", "name": str(header)}:
            return Scheme(name, label, header, **said)
        case {"type": "http", "scheme": str(scheme)} if scheme.lower() == "bearer":
            return Scheme(name, label, "Authorization", "Bearer ", **said)
    found = " ".join(f"{key}: {node[key]}" for key in ("type", "in", "scheme") if key in node)
    raise UnsupportedSecurity(pointer, f"a scheme of {found}", "apiKey in header, or http bearer")


def _annotations(pointer: str, said: object) -> dict[str, Any]:
    """What ``x-conformance`` at *pointer* says of a scheme, as the fields of one."""
    if not isinstance(said, Mapping):
        raise UnsupportedSecurity(pointer, repr(said), "an object")
    found = {key: value for key, value in said.items() if not str(key).startswith("x-")}
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
    if found.get("upstream", UPSTREAM[0]) not in UPSTREAM:
        raise UnsupportedSecurity(f"{pointer}/upstream", repr(found["upstream"]), " or ".join(UPSTREAM))
    unusable = tuple(found.get("unusable", ()))
    for number, value in enumerate(unusable):
        if not _fits_a_header(value):
            expected = "a string of printable ASCII without blanks around it (JSON in quotes)"
            raise UnsupportedSecurity(f"{pointer}/unusable/{number}", repr(value), expected)
    if found.get("placeholder") in unusable:
        raise UnsupportedSecurity(f"{pointer}/placeholder", repr(found["placeholder"]), "no unusable value")
    return found | {"unusable": unusable}


def _fits_a_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != ""
