"""What an entry of the requirement data is repeated for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.capabilities import capabilities
from conformance.contract.security import Security

from .requirement import CatalogueError

METHODS = ("get", "put", "patch", "delete")
"""Methods of RFC 9110 with a meaning of their own that a server may route by mistake."""


def subjects(
    entry: Mapping[str, Any], document: Mapping[str, Any], security: Security, operation: tuple[str, str]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What an entry is repeated for: its subject, a label for ids, and names for titles."""
    everything = {scheme.name for scheme in security.schemes}
    match entry.get("each"):
        case None:
            yield (), "", ""
        case "alternative":
            for names in security.alternatives:
                ordered = [s.name for s in security.ordered(names)]
                phrase = f"Valid credentials for {' and '.join(ordered)}" if ordered else "Anonymous requests"
                yield tuple(ordered), security.label_accepted(names), phrase
        case "rejected-set":
            for names in security.maximal_rejected():
                lacking = [s.name for s in security.ordered(everything - names)]
                subject = tuple(s.name for s in security.ordered(names))
                yield subject, security.label_rejected(names), " or ".join(lacking)
        case "secret":
            for scheme in security.schemes:
                if scheme.secret:
                    yield (scheme.name,), scheme.label, scheme.name
        case "unusable-value":
            for scheme in security.schemes:
                if scheme.unusable:
                    yield (scheme.name,), scheme.label, scheme.name
        case "passed-scheme" | "withheld-scheme" as which:
            upstream = {"passed-scheme": "as-given", "withheld-scheme": "withheld"}[which]
            for scheme in security.schemes:
                if scheme.upstream == upstream:
                    yield (scheme.name,), scheme.label, scheme.name
        case "bearer":
            for scheme in security.schemes:
                if scheme.prefix:
                    yield (scheme.name,), scheme.label, scheme.name
        case "guarded":
            if not security.accepts(()):
                yield (), "", ""
        case "extra-set":
            if any(security.accepts(s) and s not in security.alternatives for s in security.subsets()):
                yield (), "", ""
        case "unused-authorization":
            bearers = {scheme.name for scheme in security.schemes if scheme.prefix}
            if bearers and any(not names & bearers for names in security.alternatives):
                yield (), "", ""
        case "capability":
            for capability in capabilities().values():
                yield (capability.name,), capability.name, capability.title
        case "method":
            path, _ = operation
            for method in METHODS:
                if method not in document["paths"][path]:
                    yield (method.upper(),), method, method.upper()
        case _:
            raise CatalogueError(
                entry["id"],
                "alternative, rejected-set, secret, unusable-value, passed-scheme, withheld-scheme, bearer, guarded,"
                " extra-set, unused-authorization, capability or method behind `each`",
                repr(entry["each"]),
            )
