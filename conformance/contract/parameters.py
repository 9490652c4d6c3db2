"""The parameters of an operation: in its path, its query and its headers.

Source: OpenAPI 3.0.3, sections "Parameter Object" and "Path Templating".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from .errors import ContractError
from .openapi.json_pointer import join_pointer, resolve_pointer
from .openapi.references import dereference
from .schema import kebab_case

LOCATIONS = ("path", "query", "header")

IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI describes elsewhere: a parameter with such a name is ignored."""

CLIENT_HEADERS = frozenset({"host", "user-agent", "content-length", "transfer-encoding", "accept-encoding"})
"""Headers that the client adds to each request, so that none can be left out."""

TEMPLATE = re.compile(r"\{([^{}/]+)\}")
"""A parameter in the template of a path."""

MODEL = re.compile(r"deployment|model", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter of the operation.

    ``label`` is its name as a part of requirement ids; it is unique among the parameters of an operation. ``pointer``
    is its place in the document, ``schema`` that of its schema, whose content is ``node``. ``value`` is the document's
    example or default. ``names_model``: whether it plainly is the name of a model.
    """

    name: str
    location: str
    label: str
    pointer: str
    required: bool = True
    schema: str = ""
    node: Mapping[str, Any] = field(default_factory=dict, repr=False)
    value: str | None = None
    names_model: bool = False

    @property
    def can_be_left_out(self) -> bool:
        """Whether a request without it is possible."""
        is_of_client = self.location == "header" and self.name.lower() in CLIENT_HEADERS
        return self.location != "path" and not is_of_client

    @property
    def allowed(self) -> frozenset[str]:
        """The texts of its enumeration; empty if it has none."""
        texts = (text_of(value) for value in _listed(self.node.get("enum")))
        return frozenset(text for text in texts if text is not None)

    @property
    def placeholder(self) -> str:
        """A value of its type, for a server that accepts any."""
        if self.value is not None:
            return self.value
        if self.node.get("type") in ("integer", "number"):
            return text_of(self.node.get("minimum", 1)) or "1"
        if self.node.get("type") == "boolean":
            return "true"
        least = self.node.get("minLength", 1)
        return "value".ljust(least if isinstance(least, int) else 1, "x")


def read_parameters(
    document: Mapping[str, Any], path: str, method: str, headers: Collection[str] = ()
) -> tuple[Parameter, ...]:
    """The parameters of the operation at *path* and *method* of *document*; those of the operation replace the path's.

    *headers* carry credentials, so that they are no parameters. A parameter that cannot be read is left out, unless the
    template of the path has it.
    """
    found: dict[tuple[str, str], Parameter] = {}
    for pointer in (join_pointer(("paths", path)), join_pointer(("paths", path, method))):
        for parameter in _declared(document, f"{pointer}/parameters"):
            found[parameter.location, _key(parameter)] = parameter
    skipped = IGNORED_HEADERS | {name.lower() for name in headers}
    in_path = dict.fromkeys(TEMPLATE.findall(path))
    undeclared = [name for name in in_path if ("path", name) not in found]
    kept = [
        *(_parameter(document, join_pointer(("paths", path)), {}, name, "path") for name in undeclared),
        *(p for p in found.values() if p.location != "path" or p.name in in_path),
    ]
    return tuple(_labelled([p for p in kept if p.location != "header" or p.name.lower() not in skipped]))


def text_of(value: object) -> str | None:
    """*value* as it is written in a path, a query or a header; None if it has no such form, or no text."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value) or None
        case list():
            texts = [text_of(item) for item in value]
            return ",".join(text for text in texts if text is not None) or None
    return None


def _key(parameter: Parameter) -> str:
    """The name, as far as its letter case counts."""
    return parameter.name.lower() if parameter.location == "header" else parameter.name


def _declared(document: Mapping[str, Any], pointer: str) -> Iterator[Parameter]:
    for number in range(len(_listed(_at(document, pointer)[1]))):
        place, node = _at(document, f"{pointer}/{number}")
        match node:
            case {"name": str(name), "in": str(location)} if location in LOCATIONS and name:
                yield _parameter(document, place, node, name, location)


def _parameter(
    document: Mapping[str, Any], pointer: str, node: Mapping[str, Any], name: str, location: str
) -> Parameter:
    holder, where = node, pointer
    content = node.get("content")
    if isinstance(content, Mapping) and content:
        media_type = next(iter(content))
        where, holder = _at(document, pointer + join_pointer(("content", media_type)))
    schema, inner = _at(document, f"{where}/schema")
    found = inner if isinstance(inner, Mapping) else {}
    described = str(node.get("description", "")) if location == "path" else ""
    return Parameter(
        name,
        location,
        "",
        pointer,
        required=location == "path" or node.get("required") is True,
        schema=schema,
        node=found,
        value=next(chain(_values(node), _values(holder), _values(found), _branch_values(found)), None),
        names_model=bool(MODEL.search(f"{name} {described}")),
    )


def _values(node: object) -> Iterator[str]:
    """The texts of the examples, of the default and of the enumeration of *node*, a parameter or a schema."""
    if not isinstance(node, Mapping):
        return
    examples = node.get("examples")
    named = examples.values() if isinstance(examples, Mapping) else ()
    values = [
        node.get("example"),
        *_listed(examples),
        *(one.get("value") for one in named if isinstance(one, Mapping)),
        node.get("default"),
        *_listed(node.get("enum")),
    ]
    yield from (text for text in map(text_of, values) if text is not None)


def _branch_values(node: Mapping[str, Any]) -> Iterator[str]:
    for keyword in ("oneOf", "anyOf"):
        for branch in _listed(node.get(keyword)):
            yield from _values(branch)


def _labelled(parameters: Sequence[Parameter]) -> Iterator[Parameter]:
    taken: set[str] = set()
    for parameter in parameters:
        stem = re.sub(r"[^a-z0-9_]+", "-", kebab_case(parameter.name)).strip("-") or parameter.location
        forms = chain([stem, f"{stem}-{parameter.location}"], (f"{stem}-{n}" for n in range(2, 10_000)))
        label = next(form for form in forms if form not in taken)
        taken.add(label)
        yield replace(parameter, label=label)


def _at(document: Mapping[str, Any], pointer: str) -> tuple[str, Any]:
    """The value at *pointer* after its references, and its own pointer; None if there is none."""
    try:
        return dereference(document, pointer)
    except ContractError:
        return pointer, None


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def base_path(document: Mapping[str, Any], path: str, method: str) -> str:
    """The path of the first server of the operation at *path* and *method*, without a slash at its end.

    The nearest list of servers counts: the operation's, that of its path, the document's. Variables have their
    defaults.
    """
    for pointer in (join_pointer(("paths", path, method)), join_pointer(("paths", path)), ""):
        try:
            servers = resolve_pointer(document, f"{pointer}/servers")
        except ContractError:
            continue
        if isinstance(servers, list) and servers and isinstance(servers[0], Mapping):
            return _server_path(servers[0])
    return ""


def _server_path(server: Mapping[str, Any]) -> str:
    """The path of a server. Host and scheme may contain anything, because no request is sent there."""
    scheme_and_host = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
    written = str(server.get("url", ""))
    rest = scheme_and_host.sub("", written, count=1) if scheme_and_host.match(written) else written
    variables = server.get("variables")
    known = variables if isinstance(variables, Mapping) else {}
    filled = TEMPLATE.sub(lambda found: _variable(known.get(found[1]), found[1]), rest)
    path = scheme_and_host.sub("", filled, count=1) if rest == written else filled
    segments = re.sub(r"[?#].*", "", path, flags=re.DOTALL).split("/")
    if segments[0]:
        return ""
    return "".join(f"/{segment}" for segment in segments if segment)


def _variable(variable: object, name: str) -> str:
    if not isinstance(variable, Mapping):
        return name
    values = [variable.get("default"), *_listed(variable.get("enum"))]
    return next((text for text in map(text_of, values) if text is not None), name)
