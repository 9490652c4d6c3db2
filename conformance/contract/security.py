"""The contract's security section: which sets of credentials must be accepted.

``security`` is an OR of alternatives, each an AND of schemes (OpenAPI 3.0.3, "Security Requirement Object"). Additional
credentials never invalidate a satisfied alternative. So acceptance is monotone: every set is either accepted or
rejected, and the minimal accepted and maximal rejected sets describe all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, count
from typing import Any

from conformance.errors import UsageError
from conformance.text import clip

from .errors import closest_name
from .openapi.defects import Defect
from .openapi.json_pointer import join_pointer
from .openapi.limits import MAX_ALTERNATIVES
from .openapi.references import dereference
from .schema import kebab_case

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

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header (RFC 9110, section 5.6.2)."""

_BEARER = re.compile(r"authorization:? +bearer *:?", re.IGNORECASE)
"""What some documents write as the name of a header."""

COOKIE = "Cookie"

ANONYMOUS = "anonymous"
"""The label of the empty set of credentials. No scheme has it."""


class UnsupportedSecurity(UsageError, ValueError):
    """The contract's security section uses a construct that the suite does not support."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{clip(pointer)}: {clip(found)} is not supported; use {clip(expected)}")


class UnsendableScheme(ValueError):
    """A security scheme whose credential the suite cannot send."""

    def __init__(self, pointer: str, problem: str) -> None:
        self.pointer, self.problem = pointer, problem
        super().__init__(f"{pointer}: {problem}")


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

    @property
    def is_token(self) -> bool:
        """Whether the header is Authorization, whose value begins with an authentication scheme."""
        return bool(self.prefix) and self.header.lower() == "authorization"

    @property
    def is_cookie(self) -> bool:
        """Whether the credential is a cookie."""
        return self.header == COOKIE

    def render(self, credential: str) -> tuple[str, str]:
        """The name and value of the header with *credential*."""
        return self.header, f"{self.prefix}{credential}"

    def extract(self, value: str) -> str | None:
        """The credential in a header's *value*; None if it is empty, or belongs to another scheme.

        Surrounding whitespace is ignored (RFC 9110, 5.5); scheme names are case-insensitive (RFC 9110, 11.1). More
        cookies may follow one (RFC 6265, 4.2.1).
        """
        value = value.strip(" \t")
        if self.is_cookie:
            value = value.partition(";")[0]
        if not self.prefix:
            return value or None
        if value[: len(self.prefix)].lower() != self.prefix.lower():
            return None
        return value[len(self.prefix) :].strip(" \t") or None


@dataclass(frozen=True)
class Security:
    """The schemes of an operation, in order of first mention, and its alternatives in the contract's order.

    ``left_out`` are the alternatives whose credentials the suite cannot send. ``is_known`` is False if these are all:
    then it sends none.
    """

    schemes: tuple[Scheme, ...]
    alternatives: tuple[frozenset[str], ...]
    pointer: str
    left_out: tuple[frozenset[str], ...] = ()
    is_known: bool = True

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
    document: Mapping[str, Any],
    operation_pointer: str,
    operation: Mapping[str, Any],
    defects: list[Defect] | None = None,
) -> Security:
    """Read the security of *operation*, which overrides the document's (OpenAPI 3.0.3, "Operation Object").

    If neither has a security section, ``pointer`` is that of the operation. Schemes with a token (OAuth 2.0, OpenID
    Connect) are read as HTTP bearer; schemes with the same header and form are one. An alternative with a scheme that
    the suite cannot send, or of another form, is left out, with a note in *defects*. Raises UnsupportedSecurity for a
    section beyond the limits.
    """
    places = {f"{operation_pointer}/security": operation, "/security": document}
    pointer = next((place for place, owner in places.items() if "security" in owner), operation_pointer)
    found = [] if defects is None else defects
    section = places.get(pointer, {}).get("security", [])
    requirements = list(_requirements(pointer, section, found))
    if section != [] and not requirements:
        return Security((), (frozenset(),), pointer, is_known=False)
    given = tuple(dict.fromkeys(frozenset(r) for r in requirements)) or (frozenset(),)
    names = list(dict.fromkeys(name for requirement in requirements for name in requirement))
    if len(given) > MAX_ALTERNATIVES:
        many = f"a section with {len(given):,} alternatives"
        raise UnsupportedSecurity(pointer, many, f"at most {MAX_ALTERNATIVES}")
    if len(names) > MAX_SCHEMES:
        raise UnsupportedSecurity(pointer, f"a section with {len(names)} schemes", f"at most {MAX_SCHEMES}")
    schemes, same = _schemes(document, names, found)
    usable = (frozenset(same[name] for name in one) for one in given if one <= same.keys())
    alternatives = tuple(dict.fromkeys(usable))
    used = {name for alternative in alternatives for name in alternative}
    known = tuple(scheme for scheme in schemes if scheme.name in used)
    left_out = tuple(one for one in given if not one <= same.keys())
    return Security(known, alternatives or (frozenset(),), pointer, left_out, bool(alternatives))


def _requirements(pointer: str, given: Any, defects: list[Defect]) -> Iterator[Mapping[str, Any]]:
    """The alternatives in a section that are objects."""
    if not isinstance(given, list):
        defects.append(
            Defect(pointer, f"{clip(repr(given))} is not a list of alternatives", "no credentials are tested")
        )
        return
    for number, each in enumerate(given):
        if isinstance(each, Mapping):
            yield each
        else:
            problem = f"{clip(repr(each))} is not an object with scheme names as keys"
            defects.append(Defect(f"{pointer}/{number}", problem, "the suite ignores it"))


def _schemes(
    document: Mapping[str, Any], names: Sequence[str], defects: list[Defect]
) -> tuple[list[Scheme], dict[str, str]]:
    """The schemes of *names* that can be sent, and the name of the scheme that stands for each of these."""
    schemes: list[Scheme] = []
    same: dict[str, str] = {}
    for name, label in _labels(names).items():
        try:
            scheme = _scheme(document, name, label)
            twin = _twin(schemes, scheme)
        except UnsendableScheme as problem:
            defects.append(
                Defect(problem.pointer, problem.problem, "requirements that need this scheme are not tested")
            )
            continue
        if twin is None:
            schemes.append(scheme)
        same[name] = (twin or scheme).name
    return schemes, same


def _twin(schemes: Iterable[Scheme], scheme: Scheme) -> Scheme | None:
    """The scheme among *schemes* with the same header and form. Raises UnsendableScheme for the same header only."""
    for other in schemes:
        if other.header.lower() == scheme.header.lower():
            if other.prefix.lower() == scheme.prefix.lower():
                return other
            pointer = join_pointer(("components", "securitySchemes", scheme.name))
            raise UnsendableScheme(pointer, f"{other.name} uses the header {scheme.header} too")
    return None


def _labels(names: Iterable[str]) -> dict[str, str]:
    """A label for each of *names*; names that differ only in case (``apiKey`` and ``api-key``) get a number."""
    labels: dict[str, str] = {}
    for name in names:
        taken = {ANONYMOUS, *labels.values()}
        stem = kebab_case(name) or name
        numbered = (f"{stem}-{number}" for number in count(2))
        labels[name] = next(label for label in chain([stem], numbered) if label not in taken)
    return labels


def _scheme(document: Mapping[str, Any], name: str, label: str) -> Scheme:
    """The scheme *name*. Raises UnsendableScheme if no header can carry its credential."""
    known = document.get("components", {}).get("securitySchemes", {})
    if name not in known:
        found = f"the security scheme {clip(repr(name))} is not defined"
        raise UnsendableScheme("/components/securitySchemes", found)
    pointer, node = dereference(document, join_pointer(("components", "securitySchemes", name)))
    annotations = _annotations(f"{pointer}/x-conformance", node.get("x-conformance", {}))
    match node:
        case {"type": "apiKey", "in": "header", "name": str(header)} if _TOKEN.fullmatch(header):
            return Scheme(name, label, header, **annotations)
        case {"type": "apiKey", "in": "header", "name": str(header)} if _BEARER.fullmatch(header):
            return Scheme(name, label, "Authorization", "Bearer ", **annotations)
        case {"type": "apiKey", "in": "cookie", "name": str(cookie)} if _TOKEN.fullmatch(cookie):
            return Scheme(name, label, COOKIE, f"{cookie}=", **annotations)
        case {"type": "http", "scheme": str(scheme)} if scheme.lower() in ("bearer", "basic"):
            return Scheme(name, label, "Authorization", f"{scheme.capitalize()} ", **annotations)
        case {"type": "oauth2" | "openIdConnect"}:
            return Scheme(name, label, "Authorization", "Bearer ", **annotations)
    found = ", ".join(f"{key}: {node[key]}" for key in ("type", "in", "name", "scheme") if key in node)
    raise UnsendableScheme(pointer, f"no header can carry the credential of a scheme with {clip(found)}")


def _annotations(pointer: str, node: object) -> dict[str, Any]:
    """The fields of a Scheme in *node*, the value of ``x-conformance`` at *pointer*."""
    if not isinstance(node, Mapping):
        raise UnsupportedSecurity(pointer, repr(node), "an object")
    found = {key: value for key, value in node.items() if not str(key).startswith("x-")}
    for key, value in found.items():
        if key not in ANNOTATIONS:
            near = closest_name(str(key), ANNOTATIONS)
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
