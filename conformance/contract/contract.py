"""A contract: the OpenAPI document after its overlays, and everything derived from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import listed
from .openapi.document import load_document, validate_document
from .openapi.json_pointer import join, resolve
from .openapi.references import dereference
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
    ``path`` and ``method`` identify the operation; ``request`` and ``response`` are its schemas.
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

    @classmethod
    def load(cls, file: Path | None = None, *, profile: str | Path = DEFAULT_PROFILE) -> Contract:
        """Load the vendored contract, or the one in *file*, under *profile* (a name, or the path of an overlay).

        The document in *file* is validated against the JSON Schema of OpenAPI 3.0. Raises ValueError for an invalid
        document or profile, and for an unsupported construct; the message says how to fix it.
        """
        return _load(None if file is None else Path(file).resolve(), profile)

    @property
    def operation(self) -> Mapping[str, Any]:
        """The operation object of the document."""
        found: Mapping[str, Any] = self.document["paths"][self.path][self.method]
        return found

    @property
    def media_type(self) -> str:
        """The media type of requests and responses."""
        return MEDIA_TYPE

    @property
    def known_models(self) -> tuple[str, ...]:
        """The models that the document names, in its order."""
        model = self.request.properties.get("model")
        nodes = () if model is None else (model, *model.branches)
        return tuple(name for node in nodes for name in node.node.get("enum", ()))

    @property
    def example_model(self) -> str | None:
        """The document's example of a model."""
        model = self.request.properties.get("model")
        example = None if model is None else model.node.get("example")
        return str(example) if example is not None else next(iter(self.known_models), None)


@lru_cache(maxsize=32)
def _load(file: Path | None, profile_name: str | Path) -> Contract:
    vendored = file is None
    path = vendored_document() if file is None else file
    document = load_document(path)
    if not vendored:
        with _noted(f"(in {path})"):
            validate_document(document)
    profile = Profile.load(profile_name)
    shipped = _is_shipped(profile.overlay)
    applied = []
    for overlay in (Overlay.load(errata_overlay()), profile.overlay):
        with _noted(f"(in {path})"):
            document, results = apply(overlay, document, strict=vendored and _is_shipped(overlay))
        applied.append(AppliedOverlay(overlay.title, overlay.path.name, tuple(results)))
    with _noted(f"(in {path}, with the profile {profile.name if shipped else profile.overlay.path})"):
        if not (vendored and shipped):
            validate_document(document)
        return _read(document, path, profile, tuple(applied), vendored=vendored)


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
    document: dict[str, Any],
    file: Path,
    profile: Profile,
    overlays: tuple[AppliedOverlay, ...],
    *,
    vendored: bool,
) -> Contract:
    path, method = _find_operation(document)
    pointer = join(("paths", path, method))
    request = build_schema(document, _body(document, f"{pointer}/requestBody"), "request")
    check_least_size(request)
    response = build_schema(document, _body(document, f"{pointer}/responses/200"), "response")
    security = read_security(document, pointer, resolve(document, pointer))
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
        catalogue=with_levels(catalogue, profile.levels, strict=vendored),
    )


def _find_operation(document: Mapping[str, Any]) -> tuple[str, str]:
    """The one POST operation on a path that ends in ``/embeddings``."""
    found = [
        path
        for path, item in document.get("paths", {}).items()
        if path.endswith("/embeddings") and "post" in item
    ]
    if len(found) != 1:
        problem = (
            f"more than one embeddings operation ({listed(found)})"
            if found
            else "a document without an embeddings operation"
        )
        raise UnsupportedSchema(
            "/paths", problem, "one path that ends in /embeddings and has the method POST"
        )
    return found[0], "post"


def _body(document: Mapping[str, Any], pointer: str) -> str:
    """The pointer of the JSON schema of the request body or response at *pointer*."""
    pointer, node = dereference(document, pointer)
    if MEDIA_TYPE not in node.get("content", {}):
        raise UnsupportedSchema(pointer, f"content {listed(node.get('content', {})) or 'none'}", MEDIA_TYPE)
    return pointer + join(("content", MEDIA_TYPE, "schema"))


def _item_of(response: Schema) -> str:
    """The pointer of the schema of one embedding."""
    data = response.properties.get("data")
    return data.items.pointer if data is not None and data.items is not None else response.pointer
