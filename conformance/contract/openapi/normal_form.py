"""The schemas of a document in one form: that of OpenAPI 3.0, without ``allOf``, and with ``nullable`` for null.

Both dialects have several ways to say the same. Checks and generators need to know only one of them. Keywords that have
no such form keep their raw value, and the package jsonschema-rs judges them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from conformance.contract.errors import ContractError, InvalidDocument
from conformance.text import clip

from .defects import Defect
from .dialects import dependency_value, read_bounds, read_constant, read_types
from .json_pointer import join_pointer
from .json_schema import REFERENCES, compiled_schema, definitions_of, dialect_of
from .keywords import (
    ANNOTATIONS,
    AS_A_WHOLE,
    GROUPS,
    MODIFIERS,
    OWN,
    RECURSION,
    UNEVALUATED,
    WITH_PROPERTIES,
)
from .merging import Conflict, merged_schema, supplemented_schema, type_includes, without_null
from .references import follow_reference, target_of
from .scopes import is_scoped, keeps_place
from .valid_members import valid_members

NULL = {"type": "null"}
NUMBERS = {"number", "integer"}
NOTHING: Mapping[str, Any] = {"not": {}}
"""The schema that admits no value."""

DESCRIPTIONS = frozenset({"title", "description", "deprecated", "$comment", "readOnly", "writeOnly"})
"""Keywords beside a reference that change nothing."""

MAX_NESTED = 60
"""References and alternatives inside one another that are merged."""

MAX_CONTENTS = 10_000
"""Schemas that are merged in one document, each counted as often as it is referred to."""


def normal_form(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Defect]]:
    """Return *document*, an OpenAPI document of one operation, with all its schemas in normal form, and its defects."""
    form = _NormalForm(document)
    return form.document(), form.defects


class _NormalForm:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._is_31 = dialect_of(document) == "3.1"
        self._active: list[str] = []
        self._contents = 0
        self.defects: list[Defect] = []

    @cached_property
    def _definitions(self) -> Mapping[str, Any]:
        return definitions_of(self._document)

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = self._outside(self._document, "")
        components = found.get("components")
        if isinstance(components, dict) and isinstance(components.get("schemas"), Mapping):
            pointer = "/components/schemas"
            components["schemas"] = {
                name: self._schema(node, pointer + join_pointer((name,)))
                for name, node in self._document["components"]["schemas"].items()
            }
        return found

    def _outside(self, node: Any, pointer: str) -> Any:
        """What is not a schema; schemas are the values of the keys ``schema``."""
        if isinstance(node, list):
            return [self._outside(item, f"{pointer}/{n}") for n, item in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        return {
            key: self._schema(value, pointer + join_pointer((key,)))
            if key == "schema" and isinstance(value, Mapping | bool)
            else value
            if key in ("example", "examples", "schemas") or str(key).startswith("x-")
            else self._outside(value, pointer + join_pointer((key,)))
            for key, value in node.items()
        }

    def _schema(self, node: Any, pointer: str) -> dict[str, Any]:
        if isinstance(node, bool):
            return {} if node else dict(NOTHING)
        if not isinstance(node, Mapping):
            self._report(pointer, f"{clip(repr(node))} is not a schema", "any value is allowed")
            return {}
        if self._is_31 and is_scoped(node):
            return self._as_a_whole(node, pointer)
        if not frozenset(UNEVALUATED).isdisjoint(node) and (self._is_31 or "$ref" not in node):
            return self._unevaluated(node, pointer)
        if "$ref" in node:
            return self._reference(node, pointer)
        return self._without_reference(valid_members(node, pointer, self._report), pointer)

    def _as_a_whole(self, node: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        """*node* as JSON Schema's validator judges it, or what remains of it without references to nothing."""
        problem = self._problem(node)
        if not problem:
            kept = {key: value for key, value in node.items() if key in ANNOTATIONS}
            return {**kept, AS_A_WHOLE: dict(node)}
        self._report(pointer, problem, "the references are ignored")
        known = {key: value for key, value in node.items() if key not in REFERENCES}
        return self._without_reference(valid_members(known, pointer, self._report), pointer)

    def _unevaluated(self, node: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        rest = {key: value for key, value in node.items() if key not in UNEVALUATED}
        found = self._content(rest, pointer)
        for key in UNEVALUATED:
            if key in node and key in found:
                return {**found, "allOf": [*found.get("allOf", ()), dict(node)]}
            if key in node and self._is_kept({key: node[key]}, f"{pointer}/{key}"):
                found = {**found, key: node[key], f"x-with-{key}": rest}
        return found

    def _problem(self, raw: Mapping[str, Any]) -> str:
        """Why JSON Schema's validator cannot judge *raw*; an empty string if it can."""
        try:
            compiled_schema(raw, self._definitions)
        except ValueError as problem:
            return f"it cannot be judged: {clip(str(problem).partition(chr(10))[0])}"
        return ""

    def _is_kept(self, raw: Mapping[str, Any], pointer: str) -> bool:
        problem = self._problem(raw)
        if problem:
            self._report(pointer, problem, "the suite ignores it")
        return not problem

    def _reference(self, node: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        others = node if self._is_31 else {}
        kept = {key: value for key, value in others.items() if key != "$ref" and not key.startswith("x-")}
        try:
            target, value = self._target(node, pointer)
        except ContractError as problem:
            self._report(pointer, str(problem), "any value is allowed")
            return self._schema(kept, pointer)
        if kept.keys() - DESCRIPTIONS:
            if target in self._active or len(self._active) > MAX_NESTED:
                return {AS_A_WHOLE: dict(node)}
            return self._together([{"$ref": node["$ref"]}, kept], pointer)
        next_target, _ = follow_reference(self._document, node["$ref"], pointer)
        if keeps_place(self._document, next_target):
            return {"$ref": node["$ref"]}
        return self._inside(target, value)

    def _inside(self, target: str, value: Any) -> dict[str, Any]:
        """The content of the schema *value* at *target*, or the rule that a value meets it if it contains itself."""
        if target in self._active or len(self._active) > MAX_NESTED:
            return {RECURSION: target}
        self._active.append(target)
        content = self._content(value, target)
        self._active.pop()
        return content

    def _target(self, node: Mapping[str, Any], pointer: str = "") -> tuple[str, Any]:
        return target_of(self._document, node, pointer, self._is_mere)

    def _is_mere(self, node: Mapping[str, Any]) -> bool:
        """Whether *node*, a reference, says nothing more."""
        return not self._is_31 or not (node.keys() - DESCRIPTIONS - {"$ref"} or is_scoped(node))

    def _content(self, node: Any, pointer: str) -> dict[str, Any]:
        """The normal form of *node*, with the content of what it refers to."""
        self._contents += 1
        if self._contents > MAX_CONTENTS:
            problem = f"its references lead to more than {MAX_CONTENTS:,} schemas that must be merged"
            raise InvalidDocument(pointer, problem, 1)
        found = self._schema(node, pointer)
        if "$ref" not in found:
            return found
        return self._inside(*self._target(found))

    def _together(self, parts: Sequence[Any], pointer: str) -> dict[str, Any]:
        """The normal form of the schema of all values that each of *parts* admits."""
        found: dict[str, Any] = {}
        for number, part in enumerate(parts):
            content = self._content(part, f"{pointer}/allOf/{number}")
            if RECURSION in content:
                content = {"allOf": [part]}
            try:
                found = merged_schema(found, content)
            except Conflict as conflict:
                if conflict.excludes_all:
                    self._report(pointer, f"no value is valid: {conflict}", "the second statement is ignored")
                    continue
                if self._is_kept({"allOf": [part]}, f"{pointer}/allOf/{number}"):
                    found = {**supplemented_schema(found, content), "allOf": [*found.get("allOf", ()), part]}
        return found

    def _without_reference(self, valid: dict[str, Any], pointer: str) -> dict[str, Any]:
        found = {key: value for key, value in valid.items() if key in ANNOTATIONS or key.startswith("x-")}
        if "example" not in found and isinstance(found.get("examples"), list) and found["examples"]:
            found["example"] = found["examples"][0]
        found.pop("examples", None)
        plain = (OWN | MODIFIERS) - {"additionalProperties", "oneOf", "anyOf"}
        found |= {key: value for key, value in valid.items() if key in plain}
        if "properties" in valid:
            inside = f"{pointer}/properties"
            found["properties"] = {
                name: self._schema(schema, inside + join_pointer((name,)))
                for name, schema in valid["properties"].items()
            }
        if "items" in valid and "prefixItems" not in valid:
            found["items"] = self._schema(valid["items"], f"{pointer}/items")
        if "required" in found:
            found["required"] = list(dict.fromkeys(found["required"]))
            if not found["required"]:
                del found["required"]
        read_types(found)
        read_bounds(found)
        if not read_constant(found, valid):
            self._report(
                f"{pointer}/enum",
                "no value is valid: const is not in the enumeration",
                "the suite ignores the enumeration",
            )
        self._keep(found, valid, pointer)
        return self._with_alternatives(found, valid, pointer)

    def _keep(self, found: dict[str, Any], valid: Mapping[str, Any], pointer: str) -> None:
        """Keep the raw value of keywords without a normal form, together with those that they depend on."""
        for key, partners in GROUPS.items():
            raw = {name: dependency_value(name, valid[name]) for name in partners if name in valid}
            is_raw = key in valid and key not in UNEVALUATED and key != "allOf"
            if is_raw and self._is_kept({**raw, key: valid[key]}, f"{pointer}/{key}"):
                found |= {key: valid[key], **({f"x-with-{key}": raw} if raw else {})}
        extra = valid.get("additionalProperties", True)
        if extra is False and "patternProperties" not in valid:
            found["additionalProperties"] = False
        elif isinstance(extra, Mapping) and extra and "patternProperties" not in valid:
            raw = {name: dependency_value(name, valid[name]) for name in WITH_PROPERTIES if name in valid}
            if self._is_kept({**raw, "additionalProperties": extra}, f"{pointer}/additionalProperties"):
                found |= {"additionalProperties": extra, "x-with-additionalProperties": raw}

    def _with_alternatives(
        self, found: dict[str, Any], valid: Mapping[str, Any], pointer: str
    ) -> dict[str, Any]:
        """*found* with its alternatives, and merged with all that ``allOf`` lists."""
        parts: list[Any] = list(valid.get("allOf", ()))
        if "anyOf" in valid and "oneOf" in valid:
            parts.append({"anyOf": valid["anyOf"]})
        keyword = "oneOf" if "oneOf" in valid else "anyOf"
        types = found.pop("x-types", None)
        if types is not None and keyword not in valid:
            found["anyOf"] = [{"type": name} for name in types]
        elif types is not None:
            parts.append({"type": types})
        if keyword in valid:
            found = self._branches(found, keyword, valid[keyword], pointer)
        if parts:
            nullable = found.get("nullable") is True and "type" not in found
            found = self._merged_parts(found, parts, pointer)
            if nullable:
                found = self._nullable(found)
        elif found.get("nullable") is True and "type" not in found and "enum" not in found:
            found = self._nullable(found)
        return found

    def _merged_parts(self, found: dict[str, Any], parts: Sequence[Any], pointer: str) -> dict[str, Any]:
        others = self._together(parts, pointer)
        own = {key: value for key, value in found.items() if key != "nullable" or "type" in found}
        try:
            return {**merged_schema(others, own)}
        except Conflict as conflict:
            if conflict.excludes_all:
                self._report(pointer, f"no value is valid: {conflict}", "allOf is ignored")
                return own
            return {**supplemented_schema(own, others), "allOf": [*own.get("allOf", ()), *parts]}

    def _branches(
        self, found: dict[str, Any], keyword: str, branches: Sequence[Any], pointer: str
    ) -> dict[str, Any]:
        places = [n for n, branch in enumerate(branches) if branch not in (NULL, {"type": ["null"]})]
        kept = [self._schema(branches[n], f"{pointer}/{keyword}/{n}") for n in places]
        has_null = len(kept) < len(branches)
        if len(kept) == 1:
            content = self._content(branches[places[0]], f"{pointer}/{keyword}/{places[0]}")
            if RECURSION not in content:
                try:
                    found = merged_schema(content, found)
                    return self._nullable(found) if has_null else found
                except Conflict:
                    pass
        if has_null:
            kept.append(dict(NULL))
        if not kept:
            return {**found, "type": "null"}
        types = {self._type_of(branch) for branch in kept}
        own = NUMBERS if found.get("type") in NUMBERS else {found.get("type")}
        if "type" in found and None not in types and not types & own:
            problem = f"its type is {found['type']}, but each alternative has another type"
            self._report(f"{pointer}/type", problem, "the type is ignored")
            found = {key: value for key, value in found.items() if key not in ("type", "nullable")}
        return {**found, self._suitable(keyword, kept, pointer): kept}

    def _suitable(self, keyword: str, branches: Sequence[Mapping[str, Any]], pointer: str) -> str:
        """The keyword for alternatives: ``oneOf`` if they exclude each other, ``anyOf`` if one includes another."""
        contents = [self._target(branch)[1] if "$ref" in branch else branch for branch in branches]
        contents = [content if isinstance(content, Mapping) else {} for content in contents]
        types = [self._type_of(branch) for branch in branches]
        nullable = [content.get("nullable") is True or content.get("type") == "null" for content in contents]
        excludes = None not in types and len(set(types)) == len(types) and sum(nullable) < 2
        if keyword == "anyOf" and excludes:
            return keyword if set(types) >= NUMBERS else "oneOf"
        if keyword == "oneOf" and any(
            one is not other and type_includes(one, other) for one in contents for other in contents
        ):
            problem = "one alternative of oneOf includes another, so that oneOf excludes the smaller one"
            self._report(f"{pointer}/oneOf", problem, "the suite reads it as anyOf")
            return "anyOf"
        return keyword

    def _type_of(self, schema: Mapping[str, Any]) -> str | None:
        """The only type of the values of *schema*; None if it may have several."""
        content = self._target(schema)[1] if "$ref" in schema else schema
        found = content.get("type") if isinstance(content, Mapping) else None
        return found if isinstance(found, str) else None

    def _nullable(self, found: dict[str, Any]) -> dict[str, Any]:
        """*found*, or null."""
        if "type" in found:
            values = {"enum": [*found["enum"], None]} if "enum" in found and None not in found["enum"] else {}
            return {**found, "nullable": True, **values}
        if "enum" in found:
            return {**found, "enum": [*found["enum"], *([] if None in found["enum"] else [None])]}
        for keyword in ("oneOf", "anyOf"):
            if keyword in found:
                inner = {
                    **found,
                    keyword: [*found[keyword], *([] if NULL in found[keyword] else [dict(NULL)])],
                }
                return without_null(inner)
        return {key: value for key, value in found.items() if key != "nullable"}

    def _report(self, pointer: str, problem: str, reading: str) -> None:
        defect = Defect(pointer, problem, reading)
        if defect not in self.defects:
            self.defects.append(defect)
