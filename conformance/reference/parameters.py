"""The parameters of a request in its path, its query and its headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.requests import Request

from conformance.contract.parameters import TEMPLATE, Parameter

from .errors import Rejection


def route_path(template: str) -> str:
    """The path *template* of the contract as a path of Starlette, whose names have only letters and digits."""
    names = {name: f"{_key(name)}:path" for name in TEMPLATE.findall(template)}
    return TEMPLATE.sub(lambda found: f"{{{names[found[1]]}}}", template)


def check_parameters(request: Request, parameters: Iterable[Parameter]) -> None:
    """Reject a request without a required parameter, or with a value outside of an enumeration."""
    for parameter in parameters:
        values = [value for value in _values(request, parameter) if value]
        if parameter.required and parameter.can_be_left_out and not values:
            raise _rejection(parameter, "required", "is required")
        if parameter.allowed and not parameter.allowed.issuperset(values):
            raise _rejection(parameter, "enum", f"must be one of: {', '.join(sorted(parameter.allowed))}")


def _values(request: Request, parameter: Parameter) -> Sequence[str]:
    match parameter.location:
        case "query":
            return request.query_params.getlist(parameter.name)
        case "header":
            return request.headers.getlist(parameter.name)
    value = request.path_params.get(_key(parameter.name))
    return [] if value is None else [value]


def _rejection(parameter: Parameter, keyword: str, problem: str) -> Rejection:
    status = 404 if parameter.location == "path" else 400
    message = f"The {parameter.location} parameter {parameter.name} {problem}."
    code = f"request.parameter.{parameter.label}.{keyword}"
    return Rejection(status, message, code=code, param=parameter.name)


def _key(name: str) -> str:
    return f"p{name.encode().hex()}"
