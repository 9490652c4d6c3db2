"""The one operation that the suite tests, and its document reduced to this operation and what it references.

Real documents have hundreds of operations, and mistakes in some of them. Only the chosen operation and what it refers
to is read.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from conformance.contract.errors import ContractError, NoSuchOperation, PointerError

from .json_pointer import join_pointer, resolve_pointer, split_pointer
from .references import dereference, references_in

LAST_SEGMENTS = ("embeddings", "embed", "embedding")
"""The last segments of the paths of embeddings operations, the most common one first."""

PART = "embed"
"""A part of the names of other embeddings operations."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

SHARED = (
    "openapi",
    "swagger",
    "jsonSchemaDialect",
    "info",
    "servers",
    "security",
    "host",
    "basePath",
    "schemes",
)
KINDS = ("consumes", "produces")

NOT_READ = ("callbacks",)
"""Members of an operation about requests that the server sends."""


def choose_operation(document: Mapping[str, Any], wanted: str | None = None) -> tuple[str, str]:
    """Return path and method of the operation *wanted* (an operationId, or ``POST /path``), or of the obvious one.

    The obvious one has the method POST and a path that ends in a usual segment: the most common segment, then the
    fewest path parameters, then the shortest path. Without such a path, it is the only POST with ``embed`` in its last
    segment, or the only POST. Raises NoSuchOperation.
    """
    known = list(_operations(document))
    if wanted is not None:
        found = [(path, method) for path, method, node in known if wanted in _names(path, method, node)]
        if len(found) == 1:
            return found[0]
        ids = [node["operationId"] for _, _, node in known if isinstance(node.get("operationId"), str)]
        raise NoSuchOperation(
            wanted, [*ids, *(_label(*one) for one in known)], [_label(*one) for one in found]
        )
    usual = [path for path, method, _ in known if method == "post" and _last(path) in LAST_SEGMENTS]
    if usual:
        return min(usual, key=_distance), "post"
    posts = [path for path, method, _ in known if method == "post"]
    for paths in ([path for path in posts if PART in _last(path)], posts):
        if len(paths) == 1:
            return paths[0], "post"
    raise NoSuchOperation(None, [_label(*one) for one in known])


def cut_operation(document: Mapping[str, Any], path: str, method: str) -> dict[str, Any]:
    """Return *document* with only one operation, and with what it refers to, at the same pointers.

    The other methods of the path stay without their content, because a server has them.
    """
    item = _item(document, path)
    operation = {key: value for key, value in item[method].items() if key not in NOT_READ}
    kept: dict[str, Any] = {key: copy.deepcopy(document[key]) for key in (*SHARED, *KINDS) if key in document}
    others = {key: {"responses": {"default": {"description": ""}}} for key in item if key in METHODS}
    own = {key: item[key] for key in ("parameters", "servers") if key in item}
    kept["paths"] = {path: {**others, **copy.deepcopy(own), method: copy.deepcopy(operation)}}
    schemes = "/components/securitySchemes" if "openapi" in document else "/securityDefinitions"
    waiting = [*references_in(kept), f"#{schemes}"]
    seen: set[str] = set()
    while waiting:
        pointer = unquote(waiting.pop().removeprefix("#"))
        if pointer in seen:
            continue
        seen.add(pointer)
        waiting += _copied(document, kept, pointer)
    return kept


def _copied(document: Mapping[str, Any], kept: dict[str, Any], pointer: str) -> Sequence[str]:
    """Copy what is at *pointer* into *kept*, unless it is there or nowhere; the references in the copy."""
    try:
        resolve_pointer(kept, pointer)
        return ()
    except PointerError:
        pass
    try:
        tokens = split_pointer(pointer)
        resolve_pointer(document, pointer)
    except PointerError:
        return ()
    source: Any = document
    target: Any = kept
    for number, token in enumerate(tokens, 1):
        source = source[token]
        if number < len(tokens) and token in target:
            target = target[token]
        elif number < len(tokens) and isinstance(source.get(tokens[number]), Mapping):
            target = target.setdefault(token, {})
        else:
            target[token] = copy.deepcopy(source)
            return list(references_in(target[token]))
    return ()


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    paths = document.get("paths", {})
    for path in paths if isinstance(paths, Mapping) else ():
        for method, node in _item(document, path).items():
            if method in METHODS and isinstance(node, Mapping):
                yield path, method, node


def _item(document: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The path item of *path*, with what it refers to (OpenAPI 3.1.0, "Path Item Object"); empty if there is none."""
    pointer = join_pointer(("paths", path))
    try:
        _, target = dereference(document, pointer)
    except ContractError:
        target = None
    found = (target, resolve_pointer(document, pointer))
    return {key: value for item in found if isinstance(item, Mapping) for key, value in item.items()}


def _label(path: str, method: str, _node: object = None) -> str:
    return f"{method.upper()} {path}"


def _names(path: str, method: str, node: Mapping[str, Any]) -> Sequence[Any]:
    return f"{method.upper()} {path}", f"{method} {path}", node.get("operationId"), path


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].lower()


def _distance(path: str) -> tuple[int, int, int]:
    segments = path.strip("/").split("/")
    return LAST_SEGMENTS.index(_last(path)), path.count("{"), len(segments)
