"""A contract: the OpenAPI document after its overlays, and everything derived from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .encodings import FLOAT, can_ask_for, default_encoding
from .openapi.defects import Defect
from .openapi.document import defects_of, duplicate_keys, only_operation, read_document
from .openapi.json_pointer import join_pointer, resolve_pointer
from .openapi.json_schema import definitions_of
from .openapi.media_types import json_types, sent_as
from .openapi.normal_form import normal_form
from .openapi.operation import choose_operation
from .openapi.references import dereference
from .overlay.document import ActionResult, Overlay, apply_overlay
from .parameters import TEMPLATE, Parameter, base_path, read_parameters
from .profile import Profile
from .requirements.catalogue import Catalogue, build_catalogue, with_levels
from .requirements.requirement import written_requirements
from .responses import Responses, json_body, read_responses, success_key
from .role_errata import role_errata, with_body, with_json
from .role_kinds import forms_of
from .role_search import find_roles, nodes_of_texts, pointers_of, request_form
from .roles import Roles
from .schema import Schema, build_schema
from .schema_size import check_least_size
from .security import Security, read_security
from .sent_parameters import path_below
from .spec_files import errata_overlay, spec_file, state_of, vendored_document

DEFAULT_PROFILE = "portkey"

ANY_MODEL = "model"
"""The name of a model for a contract that names none."""

NULL = "null"
"""Generators of documents write it for a property without a value. It is no example."""


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
    ``path`` and ``method`` identify the operation. ``request`` and ``response`` are its schemas. ``responses`` has its
    declared responses, ``parameters`` the parameters of its path, query and headers. ``roles`` are the names of the
    properties that the suite sends and reads. ``defects`` are the mistakes in the document, and what the suite uses
    instead.
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
    responses: Responses = field(repr=False)
    roles: Roles = field(repr=False)
    defects: tuple[Defect, ...] = field(default=(), repr=False)
    parameters: tuple[Parameter, ...] = field(default=(), repr=False)

    @classmethod
    def load(
        cls,
        file: Path | None = None,
        *,
        profile: str | Path = DEFAULT_PROFILE,
        operation: str | None = None,
    ) -> Contract:
        """Load the included contract, or the one in *file*, with *profile* (a name, or the path of an overlay).

        *operation* is an operationId or ``POST /path``; by default, it is the embeddings operation: for
        example, the POST whose path ends with ``embeddings``. Only this operation and the parts that it refers to are
        read. Raises ValueError for a document or profile that cannot be used; the message says how to fix it.
        ``defects`` lists the mistakes in a document that can still be used.
        """
        path = None if file is None else Path(file).resolve()
        return _load(path, profile, operation, (state_of(path), state_of(profile)))

    @property
    def operation(self) -> Mapping[str, Any]:
        """The operation object of the document."""
        found: Mapping[str, Any] = self.document["paths"][self.path][self.method]
        return found

    @property
    def operation_id(self) -> str | None:
        """The operation's id in the document, if it has one."""
        found = self.operation.get("operationId")
        return found if isinstance(found, str) else None

    @property
    def is_vendored(self) -> bool:
        """Whether the document is the one in this package."""
        return self.file == vendored_document()

    @property
    def base_path(self) -> str:
        """The path of the URL of the first server, to which the operation's path is added.

        The servers that the operation declares come first, then those of its path, then those of the whole document.
        If the server's path ends with the segments that the operation's path begins with, these are removed: for the
        server ``/v1`` and the operation ``/v1/embeddings``, the base path is empty.
        """
        found = base_path(self.document, self.path, self.method)
        repeated = self.path.removesuffix(path_below(self.path, found, {}))
        return found.removesuffix(repeated)

    def is_path_of(self, url_path: str) -> bool:
        """Whether *url_path* ends with the operation's path, with any values of its parameters."""
        parts = TEMPLATE.split(self.path.rstrip("/"))
        pattern = "[^/]+".join(re.escape(part) for part in parts[::2])
        return re.search(f"{pattern}$", url_path) is not None

    @cached_property
    def form(self) -> Schema:
        """The schema of the request's properties: the request itself, or the first of its forms that has texts."""
        return request_form(self.request, self.roles.texts)

    def property_of(self, role: str) -> Schema | None:
        """The schema of the property of a request that has *role*, such as ``encoding``; None if there is none."""
        return self.form.properties.get(getattr(self.roles, role) or "")

    @cached_property
    def default_encoding(self) -> str | None:
        """The encoding of vectors if a request names none; None if the contract does not say it."""
        return default_encoding(self.property_of("encoding"), self.response, self.roles)

    @cached_property
    def has_arrays_of_numbers(self) -> bool:
        """Whether a request can get its vectors as arrays of numbers."""
        asked = can_ask_for(FLOAT, self.property_of("encoding"))
        is_required = self.roles.encoding in self.form.required
        return asked or (not is_required and self.default_encoding in (None, FLOAT))

    @cached_property
    def forms_of_texts(self) -> tuple[Schema, ...]:
        """The schema of the texts of a request, and its alternatives; for a batch of objects, that of the list."""
        return tuple(form for node in nodes_of_texts(self.form, self.roles) for form in forms_of(node))

    @property
    def batches_of_texts(self) -> tuple[Schema, ...]:
        """The forms of a request whose texts are an array of texts, or an array of objects with one text each."""
        arrays = [(form, form.items) for form in self.forms_of_texts if form.items is not None]
        if self._is_batch_of_objects:
            return tuple(form for form, _ in arrays)
        return tuple(form for form, items in arrays if any(one.type == "string" for one in forms_of(items)))

    @property
    def takes_single_texts(self) -> bool:
        """Whether a request may have a text outside of an array."""
        forms = (form for form in self.forms_of_texts if not form.branches)
        return not self._is_batch_of_objects and any(form.type in ("string", None) for form in forms)

    @property
    def _is_batch_of_objects(self) -> bool:
        return self.roles.texts_place is not None and self.roles.texts_place.is_batch

    @property
    def describes_texts(self) -> bool:
        """Whether the document describes the property with the texts. If not, texts are sent as a string or a list."""
        return any(form.type is not None for form in self.forms_of_texts)

    @property
    def success(self) -> Collection[int]:
        """The statuses of successful responses."""
        return self.responses.success

    @property
    def media_type(self) -> str:
        """The media type of requests."""
        return self._sent_as

    @cached_property
    def _sent_as(self) -> str:
        return sent_as(json_types(self._request_body)[0])

    @cached_property
    def media_types(self) -> Sequence[str]:
        """The media types and ranges of requests, JSON or not."""
        return tuple(map(str, self._request_body["content"]))

    @property
    def _request_body(self) -> Mapping[str, Any]:
        found: Mapping[str, Any]
        _, found = dereference(self.document, join_pointer(("paths", self.path, self.method, "requestBody")))
        return found

    @property
    def known_models(self) -> tuple[str, ...]:
        """The models that the document names, in its order."""
        return self._known_models

    @cached_property
    def _known_models(self) -> tuple[str, ...]:
        model = self.property_of("model")
        nodes = () if model is None else (model, *model.branches)
        named = (name for node in nodes for name in node.node.get("enum", ()))
        return tuple(name for name in named if isinstance(name, str))

    @property
    def example_model(self) -> str | None:
        """The model in an example, of the model property or of a request; else the default value of the property."""
        model = self.property_of("model")
        if model is None:
            return None
        nodes = [model.node, *(branch.node for branch in model.branches)]
        named = [node.get("example") for node in nodes]
        named += [self.roles.model_of(one) for one in self.examples]
        named += [node.get("default") for node in nodes]
        named += self.known_models
        return next((name for name in named if isinstance(name, str) and name not in ("", NULL)), None)

    @property
    def default_model(self) -> str | None:
        """The model of requests if the user names none: the example, or an invented name if a model is required."""
        is_required = self.roles.model is not None and self.roles.model in self.form.required
        return self.example_model or (ANY_MODEL if is_required else None)

    @property
    def examples(self) -> Sequence[Any]:
        """The document's examples of a request: those of its schema and of its media type."""
        media_type = self._request_body["content"][json_types(self._request_body)[0]]
        named = media_type.get("examples", {})
        values = [one.get("value") for one in named.values() if isinstance(one, Mapping)] if named else []
        return [
            value for value in (self.request.node.get("example"), media_type.get("example"), *values) if value
        ]


@lru_cache(maxsize=8)
def _load(file: Path | None, profile_name: str | Path, operation: str | None, _states: object) -> Contract:
    vendored = file is None
    path = vendored_document() if file is None else file
    document, duplicates = read_document(path, with_duplicates=not vendored)
    with _noted(f"(in {path})"):
        place = choose_operation(document, operation)
        if not vendored:
            document = only_operation(document, *place)
    repeated = tuple(duplicate_keys(document, duplicates))
    profile = Profile.load(profile_name)
    shipped = _is_shipped(profile.overlay)
    applied = []
    for overlay in (Overlay.load(errata_overlay()), profile.overlay):
        with _noted(f"(in {path})"):
            document, results = apply_overlay(overlay, document, strict=vendored and _is_shipped(overlay))
        applied.append(AppliedOverlay(overlay.title, overlay.path.name, tuple(results)))
    is_plain = not vendored and profile.name == DEFAULT_PROFILE and shipped
    named = "" if is_plain else f", with the profile {profile.name if shipped else profile.overlay.path}"
    with _noted(f"(in {path}{named})"):
        defects = () if vendored and shipped else (*repeated, *defects_of(document))
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
    pointer = join_pointer(("paths", path, method))
    key = success_key(document, pointer)
    found += with_json(document, pointer, key)
    body = json_body(document, f"{pointer}/requestBody")
    success = json_body(document, f"{pointer}/responses/{key}")
    definitions = definitions_of(raw)

    def schemas() -> tuple[Schema, Schema]:
        return (
            build_schema(document, body, "request", definitions),
            build_schema(document, success, "response", definitions),
        )

    request, response = schemas()
    roles = find_roles(request, response, profile.roles)
    found += with_body(document, pointer)
    found += role_errata(document, request, response, roles)
    request, response = schemas()
    check_least_size(request)
    responses = read_responses(document, pointer, definitions, found)
    security = read_security(document, pointer, resolve_pointer(document, pointer), found)
    parameters = read_parameters(document, path, method, [scheme.header for scheme in security.schemes])
    form = request_form(request, roles.texts)
    places = {
        "operation": pointer,
        "request": request.pointer,
        "form": form.pointer,
        "response": response.pointer,
        "success": responses.pointer,
        "json": responses.media_types[0],
        **pointers_of(form, response, roles),
    }
    catalogue = build_catalogue(
        document,
        written_requirements(),
        schemas=(request, response),
        security=security,
        operation=(path, method),
        responses=responses,
        parameters=parameters,
        places=places,
        roles=roles,
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
        roles=roles,
        catalogue=with_levels(
            catalogue if security.is_known else catalogue.without_credentials(),
            profile.levels,
            strict=vendored,
        ),
        responses=responses,
        defects=(*defects, *found),
        parameters=parameters,
    )
