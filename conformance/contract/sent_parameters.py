"""The path, the query and the headers of requests to an operation: its parameters with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.errors import UsageError

from .errors import closest_name, listed_names
from .parameters import TEMPLATE, Parameter

Changes = Mapping[Parameter, str | None]
"""Other values of parameters; None leaves a parameter out."""

Header = tuple[str, str]

NO_CHANGES: Changes = {}


class ParameterError(UsageError, ValueError):
    """A parameter of the contract has no value, or a value is given for one that the contract does not declare."""


@dataclass(frozen=True)
class SentParameters:
    """The values of the parameters of an operation.

    ``path_below`` is the template of its path without the segments that the base URL already has.
    """

    path_below: str
    values: Mapping[Parameter, str] = field(default_factory=dict)

    @classmethod
    def choose(
        cls,
        path: str,
        parameters: Sequence[Parameter],
        given: Mapping[str, str],
        *,
        base_path: str = "",
        model: str = "",
        headers: Sequence[Header] = (),
    ) -> SentParameters:
        """The values for *parameters* of the operation at *path*, below the base URL's *base_path*.

        The value is the *given* one, else the document's example or default, else the *model* for a parameter that
        plainly names it. Optional parameters are sent only if they are given. *headers* are sent anyway. Raises
        ParameterError for an unknown name, and for a required parameter without a value.
        """
        _check_names(parameters, given)
        below = path_below(path, base_path, given)
        in_path = TEMPLATE.findall(below)
        sent = {name.lower() for name, _ in headers}
        values: dict[Parameter, str] = {}
        for parameter in parameters:
            is_in_base = parameter.location == "path" and parameter.name not in in_path
            is_sent = parameter.location == "header" and parameter.name.lower() in sent
            if parameter.name in given and not is_in_base:
                values[parameter] = given[parameter.name]
            elif parameter.required and not (is_in_base or is_sent):
                value = _value(parameter, model)
                values |= {} if value is None else {parameter: value}
        return cls(below, values)

    def path(self, changes: Changes = NO_CHANGES) -> str:
        """The path of a request below the base URL, percent-encoded."""
        values = {p.name: value for p, value in self._values("path", changes)}
        return TEMPLATE.sub(lambda found: quote(values.get(found[1], found[0]), safe=""), self.path_below)

    def query(self, changes: Changes = NO_CHANGES) -> str:
        """The query of a request, percent-encoded."""
        pairs = self._values("query", changes)
        return "&".join(f"{quote(p.name, safe='')}={quote(value, safe='')}" for p, value in pairs)

    def headers(self, others: Sequence[Header], changes: Changes = NO_CHANGES) -> tuple[Header, ...]:
        """The headers of a request: *others*, and before them those of parameters that they do not contain."""
        changed = {p.name.lower() for p in changes if p.location == "header"}
        kept = [(name, value) for name, value in others if name.lower() not in changed]
        named = {name.lower() for name, _ in kept}
        own = [(p.name, value) for p, value in self._values("header", changes)]
        return (*((name, value) for name, value in own if name.lower() not in named), *kept)

    def _values(self, location: str, changes: Changes) -> Iterator[tuple[Parameter, str]]:
        for parameter, value in {**self.values, **changes}.items():
            if parameter.location == location and value is not None:
                yield parameter, value


def _check_names(parameters: Sequence[Parameter], given: Mapping[str, str]) -> None:
    """Raise ParameterError if a name in *given* is not that of a parameter."""
    known = list(dict.fromkeys(parameter.name for parameter in parameters))
    for name in given:
        if name not in known:
            near = closest_name(name, known)
            fix = (
                f"did you mean {near}?"
                if near
                else (
                    f"use one of {listed_names(known)}"
                    if known
                    else "it has no parameters, so omit the option"
                )
            )
            raise ParameterError(f"parameter {name}: the contract has no parameter of this name; {fix}")


def path_below(path: str, base_path: str, given: Mapping[str, str]) -> str:
    """The template *path* without its first segments if *base_path* ends with them.

    A parameter is equal to any segment unless it has another value in *given*. The last segment always stays.
    """
    own, base = path.strip("/").split("/"), base_path.strip("/").split("/")
    for count in range(min(len(own) - 1, len(base)), 0, -1):
        pairs = list(zip(own[:count], base[-count:], strict=True))
        if own[0] == base[-count] and all(_is_same(template, segment, given) for template, segment in pairs):
            return path[path.index("/".join(own[:count])) + len("/".join(own[:count])) :]
    return path


def _is_same(template: str, segment: str, given: Mapping[str, str]) -> bool:
    name = TEMPLATE.fullmatch(template)
    if name is None:
        return template == segment
    return bool(segment) and quote(given.get(name[1], segment), safe="%") == segment


def _value(parameter: Parameter, model: str) -> str | None:
    """The value of a required parameter that is not given; None for a header that the client adds itself."""
    if parameter.value is not None:
        return parameter.value
    if parameter.names_model and model:
        return model
    if parameter.location == "header" and not parameter.can_be_left_out:
        return None
    raise ParameterError(
        f"parameter {parameter.name}: the contract has no example of it (in: {parameter.location});"
        f" give --parameter '{parameter.name}=VALUE' (with pytest, --target-parameter)"
    )
