"""A contract: the OpenAPI document after its overlays, and everything derived from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .errors import listed
from .openapi.defects import Defect
from .openapi.document import defects_of, definitions_of, load_document, only_operation
from .openapi.json_pointer import join, resolve
from .openapi.normal_form import normal_form
from .openapi.operation import choose_operation
from .openapi.references import dereference
from .openapi.role_errata import with_base64, with_body, with_texts, without_null_texts
from .openapi.source_file import read_file
from .overlay.document import ActionResult, Overlay, apply
from .profile import Profile
from .requirements.catalogue import Catalogue, build_catalogue, with_levels
from .schema import Schema, build_schema
from .schema_node import UnsupportedSchema
from .schema_size import check_least_size
from .security import Security, read_security
from .spec_files import errata_overlay, spec_file, vendored_document

DEFAULT_PROFILE = "portkey"
MEDIA_TYPE = "application/json"


@dataclass(frozen=True)
class AppliedOverlay:
    """An overlay, and the effect of each of its actions on the document."""

    title: str
    file: str
    actions: tuple[ActionResult, ...]

    @property
    def skipped(self) -> tuple[ActionResult, ...]:
        """The actions that changed nothing. On the vendored document there are none."""
        return tuple(action for action in self.actions if not action.changed)


@dataclass(frozen=True, eq=False)
class Contract:
    """The contract of one operation, under one profile.

    ``document`` is the OpenAPI document after its ``overlays``; ``sha256`` is the digest of the unchanged ``file``.
    ``path`` and ``method`` identify the operation; ``request`` and ``response`` are its schemas. ``defects`` are the
    mistakes in the document, with the reading of each.
    """

    file: Path
    sha256: str
    profile: str
    overlays: tuple[AppliedOverlay, ...]
    document: Mapping[str, Any] = field(repr=False)
    path: str
    method: str
    request: Schema = field(repr=False)
    response: Schema = field(repr=False)
    security: Security = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    defects: tuple[Defect, ...] = field(default=(), repr=False)

    @classmethod
    def load(
        cls,
        file: Path | None = None,
        *,
        profile: str | Path = DEFAULT_PROFILE,
        operation: str | None = None,
    ) -> Contract:
        """Load the vendored contract, or the one in *file*, under *profile* (a name, or the path of an overlay).

        *operation* is an operationId or ``POST /path``; by default the obvious embeddings operation. Of the document,
        only the operation and what it refers to is read. Raises ValueError for a document or profile that cannot be
        read; the message says how to fix it. What can be read in a reasonable way is in ``defects``.
        """
        return _load(None if file is None else Path(file).resolve(), profile, operation)

    @property
    def operation(self) -> Mapping[str, Any]:
        """The operation object of the document."""
        found: Mapping[str, Any] = self.document["paths"][self.path][self.method]
        return found

    @cached_property
    def form(self) -> Schema:
        """The schema of the request's properties: the request itself, or the first of its forms that has texts."""
        forms = [self.request, *self.request.branches]
        with_texts = (form for form in forms if "input" in form.properties)
        return next(with_texts, next((form for form in forms if form.properties), self.request))

    @property
    def media_type(self) -> str:
        """The media type of requests and responses."""
        return MEDIA_TYPE

    @property
    def known_models(self) -> tuple[str, ...]:
        """The models that the document names, in its order."""
        model = self.form.properties.get("model")
        nodes = () if model is None else (model, *model.branches)
        named = (name for node in nodes for name in node.node.get("enum", ()))
        return tuple(name for name in named if isinstance(name, str))

    @property
    def example_model(self) -> str | None:
        """The document's example of a model: of its schema, of the operation's request, or its default."""
        model = self.form.properties.get("model")
        if model is None:
            return None
        nodes = [model.node, *(branch.node for branch in model.branches)]
        named = [node.get("example") for node in nodes]
        named += [one.get("model") for one in self.examples if isinstance(one, Mapping)]
        named += [node.get("default") for node in nodes]
        named += self.known_models
        return next((name for name in named if isinstance(name, str) and name), None)

    @property
    def examples(self) -> Sequence[Any]:
        """The document's examples of a request: those of its schema and of its media type."""
        _, node = dereference(self.document, join(("paths", self.path, self.method, "requestBody")))
        media_type = node["content"][_json_type(node)]
        named = media_type.get("examples", {})
        values = [one.get("value") for one in named.values() if isinstance(one, Mapping)] if named else []
        return [
            value for value in (self.request.node.get("example"), media_type.get("example"), *values) if value
        ]


@lru_cache(maxsize=32)
def _load(file: Path | None, profile_name: str | Path, operation: str | None) -> Contract:
    vendored = file is None
    path = vendored_document() if file is None else file
    document = load_document(path)
    with _noted(f"(in {path})"):
        place = choose_operation(document, operation)
        if not vendored:
            document = only_operation(document, *place)
    profile = Profile.load(profile_name)
    shipped = _is_shipped(profile.overlay)
    applied = []
    for overlay in (Overlay.load(errata_overlay()), profile.overlay):
        with _noted(f"(in {path})"):
            document, results = apply(overlay, document, strict=vendored and _is_shipped(overlay))
        applied.append(AppliedOverlay(overlay.title, overlay.path.name, tuple(results)))
    with _noted(f"(in {path}, with the profile {profile.name if shipped else profile.overlay.path})"):
        defects = () if vendored and shipped else defects_of(document)
        return _read(document, path, profile, tuple(applied), place, defects, vendored=vendored)


@contextmanager
def _noted(note: str) -> Iterator[None]:
    """Add *note* to an error about a document, which does not know its file."""
    try:
        yield
    except ValueError as error:
        error.add_note(note)
        raise


def _is_shipped(overlay: Overlay) -> bool:
    return overlay.path.is_relative_to(spec_file("."))


def _read(
    raw: dict[str, Any],
    file: Path,
    profile: Profile,
    overlays: tuple[AppliedOverlay, ...],
    place: tuple[str, str],
    defects: Sequence[Defect],
    *,
    vendored: bool,
) -> Contract:
    path, method = place
    document, found = normal_form(raw)
    pointer = join(("paths", path, method))
    body = _body(document, f"{pointer}/requestBody")
    success = _body(document, f"{pointer}/responses/{_success(document, pointer)}")
    found += [
        *with_body(document, pointer),
        *with_texts(document, body),
        *without_null_texts(document, body),
        *with_base64(document, body, success),
    ]
    definitions = definitions_of(raw)
    request = build_schema(document, body, "request", definitions)
    check_least_size(request)
    response = build_schema(document, success, "response", definitions)
    security = read_security(document, pointer, resolve(document, pointer), found)
    places = {
        "operation": pointer,
        "request": request.pointer,
        "response": response.pointer,
        "embedding": _item_of(response),
    }
    catalogue = build_catalogue(
        document,
        read_file(spec_file("requirements.yaml")).value,
        schemas=(request, response),
        security=security,
        operation=(path, method),
        places=places,
        strict=vendored and _is_shipped(profile.overlay),
    )
    return Contract(
        file=file,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        profile=profile.name,
        overlays=overlays,
        document=document,
        path=path,
        method=method,
        request=request,
        response=response,
        security=security,
        catalogue=with_levels(
            catalogue if security.is_known else catalogue.without_credentials(),
            profile.levels,
            strict=vendored,
        ),
        defects=(*defects, *found),
    )


def _success(document: Mapping[str, Any], pointer: str) -> str:
    """The status of successful responses: the first 2xx with JSON, or else the first 2xx, or ``default``."""
    responses = resolve(document, pointer).get("responses", {})
    known = [status for status in map(str, responses) if status.startswith("2")]
    with_json = [s for s in known if _json_type(dereference(document, f"{pointer}/responses/{s}")[1])]
    others = ["default"] if "default" in responses else ["200"]
    return next(iter([*sorted(with_json), *sorted(known), *others]))


def _json_type(node: Mapping[str, Any]) -> str | None:
    """The media type of JSON in the content of a body: without parameters, with them, or as a range."""
    content = node.get("content", {})
    found = [name for name in content if str(name).partition(";")[0].strip().lower() == MEDIA_TYPE]
    ranges = [name for name in content if name in ("*/*", "application/*")]
    return next(iter([*sorted(found, key=len), *ranges]), None)


def _body(document: Mapping[str, Any], pointer: str) -> str:
    """The pointer of the JSON schema of the request body or response at *pointer*."""
    pointer, node = dereference(document, pointer)
    media_type = _json_type(node)
    if media_type is None:
        raise UnsupportedSchema(pointer, f"content {listed(node.get('content', {})) or 'none'}", MEDIA_TYPE)
    return pointer + join(("content", media_type, "schema"))


def _item_of(response: Schema) -> str:
    """The pointer of the schema of one embedding."""
    data = response.properties.get("data")
    return data.items.pointer if data is not None and data.items is not None else response.pointer
