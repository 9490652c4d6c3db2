"""Expand the entries of ``spec/requirements.yaml``: one requirement per entry, or one per value of its ``each``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract.capabilities import shipped_capabilities
from conformance.contract.client_requests import load_client_requests
from conformance.contract.parameters import Parameter
from conformance.contract.responses import Responses
from conformance.contract.security import Scheme, Security

from .requirement import CatalogueError, Requirement, check_entry, read_source

METHODS = ("get", "put", "patch", "delete")
"""Methods of RFC 9110 that a server may route by mistake."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A value of ``each``: the ``names`` of schemes, a method, a capability or a parameter, and the texts that replace
    the placeholders: ``label`` in ids, ``title`` (for ``{names}``) in titles, ``pointer`` and ``keyword`` in sources.
    """

    names: tuple[str, ...]
    label: str
    title: str
    pointer: str = ""
    keyword: str = ""

    @property
    def values(self) -> Mapping[str, str]:
        """The text for each placeholder."""
        place = {"pointer": self.pointer, "keyword": self.keyword} if self.pointer else {}
        return {"label": self.label, "names": self.title, **place}


@dataclass(frozen=True, slots=True)
class Expansion:
    """The contract for which entries are expanded.

    ``operation`` is the contract's path and method, ``responses`` what it declares about its responses, ``parameters``
    those of the operation, ``places`` the pointers that sources may name in braces.
    """

    document: Mapping[str, Any]
    security: Security
    operation: tuple[str, str]
    responses: Responses
    places: Mapping[str, str]
    parameters: Sequence[Parameter] = ()

    def requirements(self, entry: Mapping[str, Any]) -> Iterator[Requirement]:
        """The requirements of *entry*. Raises CatalogueError for an invalid one."""
        check_entry(entry)
        template = entry["id"]
        if "each" not in entry:
            yield self._requirement(entry, template, (), {})
            return
        for subject in self._subjects(entry):
            yield self._requirement(entry, template, subject.names, subject.values)

    def _requirement(
        self, entry: Mapping[str, Any], template: str, subject: tuple[str, ...], values: Mapping[str, str]
    ) -> Requirement:
        source = dict(entry["source"])
        places = {**self.places, **values}
        pointer = _fill(template, source.get("pointer", ""), places)
        source["keyword"] = _fill(template, source.get("keyword", ""), places)
        source["pointer"] = pointer or (self.security.pointer if source["kind"] == "security" else "")
        return Requirement(
            id=_fill(template, template, values),
            level=entry["level"],
            area=template.split(".")[0],
            title=_fill(template, entry["title"], values),
            source=read_source(source),
            related=tuple(_fill(template, pattern, values) for pattern in entry.get("related", ())),
            subject=subject,
            template=template,
            reason=" ".join(entry.get("reason", "").split()),
            when=_fill(template, entry.get("when", ""), values),
            severity=entry.get("severity", ""),
            roles=tuple(entry.get("roles", ())),
            unless=tuple(entry.get("unless", ())),
        )

    def _subjects(self, entry: Mapping[str, Any]) -> Iterable[Subject]:
        subjects: Mapping[str, Callable[[], Iterable[Subject]]] = {
            "alternative": self._alternatives,
            "rejected-set": self._rejected_sets,
            "secret": lambda: self._schemes(lambda scheme: scheme.secret),
            "misplaced-secret": lambda: self._schemes(lambda s: s.secret and len(self.security.schemes) > 1),
            "unusable-value": lambda: self._schemes(lambda scheme: bool(scheme.unusable)),
            "passed-scheme": lambda: self._schemes(lambda scheme: scheme.upstream == "as-given"),
            "withheld-scheme": lambda: self._schemes(lambda scheme: scheme.upstream == "withheld"),
            "bearer": lambda: self._schemes(lambda scheme: scheme.is_token),
            "left-out": lambda: _once(bool(self.security.left_out)),
            "guarded": lambda: _once(not self.security.accepts(())),
            "extra-set": lambda: _once(self._has_extra_set()),
            "unused-authorization": lambda: _once(self._has_unused_authorization()),
            "required-parameter": self._required_parameters,
            "enumerated-parameter": self._enumerated_parameters,
            "capability": _capabilities,
            "method": self._methods,
            "client": _clients,
            "declared-error": self._errors,
            "declared-header": self._headers,
        }
        if entry["each"] not in subjects:
            expected = f"one of {', '.join(subjects)} for `each`"
            raise CatalogueError(entry["id"], expected, repr(entry["each"]))
        return subjects[entry["each"]]()

    def _alternatives(self) -> Iterator[Subject]:
        for names in self.security.alternatives:
            ordered = tuple(scheme.name for scheme in self.security.ordered(names))
            title = f"Valid credentials for {_listed(ordered)}" if ordered else "Anonymous requests"
            yield Subject(ordered, self.security.label_accepted(names), title)

    def _rejected_sets(self) -> Iterator[Subject]:
        for names in self.security.maximal_rejected():
            missing = [scheme.name for scheme in self.security.schemes if scheme.name not in names]
            ordered = tuple(scheme.name for scheme in self.security.ordered(names))
            title = f"any of {_listed(missing)}" if len(missing) > 1 else _listed(missing)
            yield Subject(ordered, self.security.label_rejected(names), title)

    def _schemes(self, condition: Callable[[Scheme], bool]) -> Iterator[Subject]:
        for scheme in self.security.schemes:
            if condition(scheme):
                yield Subject((scheme.name,), scheme.label, scheme.name)

    def _has_extra_set(self) -> bool:
        alternatives = self.security.alternatives
        return any(
            self.security.accepts(names) and names not in alternatives for names in self.security.subsets()
        )

    def _has_unused_authorization(self) -> bool:
        bearers = {scheme.name for scheme in self.security.schemes if scheme.is_token}
        return bool(bearers) and any(not names & bearers for names in self.security.alternatives)

    def _methods(self) -> Iterator[Subject]:
        path, _ = self.operation
        for method in METHODS:
            if method not in self.document["paths"][path]:
                yield Subject((method.upper(),), method, method.upper())

    def _errors(self) -> Iterator[Subject]:
        for error in self.responses.errors.values():
            if error.schema is not None:
                status = error.status
                yield Subject((status,), error.label, status, error.pointer, "content")

    def _headers(self) -> Iterator[Subject]:
        for header in self.responses.headers:
            yield Subject((header.name,), header.label, header.name, header.pointer, header.name)

    def _required_parameters(self) -> Iterator[Subject]:
        for parameter in self.parameters:
            if parameter.required and parameter.can_be_left_out:
                yield _parameter_subject(parameter, parameter.pointer)

    def _enumerated_parameters(self) -> Iterator[Subject]:
        for parameter in self.parameters:
            if parameter.allowed:
                yield _parameter_subject(parameter, parameter.schema)


def _parameter_subject(parameter: Parameter, pointer: str) -> Subject:
    return Subject((parameter.location, parameter.name), parameter.label, parameter.name, pointer)


def _once(condition: bool) -> Iterator[Subject]:
    """One subject without names if *condition* holds: the entry is a condition, not a template."""
    if condition:
        yield Subject((), "", "")


def _capabilities() -> Iterator[Subject]:
    for capability in shipped_capabilities().values():
        declaration = "limited" if capability.needed_by is None else "declared unsupported"
        title = f"If `{capability.name}` is {declaration}, {capability.title}"
        yield Subject((capability.name,), capability.name, title)


def _clients() -> Iterator[Subject]:
    for request in load_client_requests().values():
        yield Subject((request.label,), request.label, request.names)


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _fill(template: str, text: str, values: Mapping[str, str]) -> str:
    try:
        return text.format_map(values)
    except (LookupError, ValueError, AttributeError):
        known = ", ".join(f"{{{name}}}" for name in values) or "nothing"
        raise CatalogueError(template, f"{known} in braces", repr(text)) from None
