"""OpenAPI Overlay 1.1: documents whose actions change another document.

Source: https://spec.openapis.org/overlay/v1.1.0.html. Targets are RFC 9535 JSONPath.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from conformance.contract.errors import ActionFailed
from conformance.contract.openapi.fields import Field
from conformance.contract.openapi.source_file import SourceFile, read_file

from .jsonpath import Location, Queries, QueryError, check_query
from .merge import MergeError, remove_values, update_values, value_at
from .metering import Growth, Meter, TooManySteps, count_values, metered_copy, plain_copy

_MODIFIERS = ("update", "remove", "copy")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an overlay.

    `position` counts from 1. `value` is the value that `update` merges, the query of `copy`, or the boolean of
    `remove`. `extensions` are its `x-` members.
    """

    position: int
    target: str
    kind: Literal["update", "remove", "copy"]
    value: Any = field(hash=False)
    description: str = ""
    extensions: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def id(self) -> str | None:
        """The `id` in its `x-conformance` extension, or None."""
        extension = self.extensions.get("x-conformance")
        name = extension.get("id") if isinstance(extension, dict) else None
        return name if isinstance(name, str) else None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The effect of an action: how many values its target `matched`, and whether the document `changed`.

    `reason` explains in a sentence why nothing changed; it is empty if something changed.
    """

    action: Action
    matched: int
    changed: bool
    reason: str = ""

    @property
    def target(self) -> str:
        """The action's target."""
        return self.action.target

    @property
    def description(self) -> str:
        """The action's description."""
        return self.action.description


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay document. `extensions` are the `x-` members of its root."""

    path: Path
    title: str
    version: str
    actions: tuple[Action, ...]
    description: str = ""
    extends: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def load(cls, path: Path) -> Overlay:
        """Load an overlay from a YAML or JSON file. Raises UnreadableFile; InvalidFile, with file and line."""
        return read_overlay(read_file(path))


def read_overlay(source: SourceFile) -> Overlay:
    """Read the overlay in a file.

    Raises InvalidFile, with file and line, for another version, a missing or unknown member, an action with none or
    more than one of update, remove and copy, a target that is not a JSONPath, or a duplicate action.
    """
    root = Field(source).members(("overlay", "info", "actions"), ("extends",))
    if not re.fullmatch(r"1\.1\.\d+", root["overlay"].string()):
        raise root["overlay"].error("Overlay 1.1 (overlay: 1.1.0)")
    info = root["info"].members(("title", "version"), ("description",))
    items = root["actions"].items(at_least=1)
    known: set[str] = set()
    for item in items:
        text = json.dumps(item.value, sort_keys=True)
        if text in known:
            raise item.error("each action once", found="an earlier action again")
        known.add(text)
    return Overlay(
        path=source.path,
        title=info["title"].string(),
        version=info["version"].string(),
        actions=tuple(_read_action(item, position) for position, item in enumerate(items, 1)),
        description=info["description"].string() if "description" in info else "",
        extends=root["extends"].string() if "extends" in root else None,
        extensions=_extensions(root),
    )


def apply_overlay(
    overlay: Overlay, document: Mapping[str, Any], *, strict: bool
) -> tuple[dict[str, Any], list[ActionResult]]:
    """Apply all actions of an overlay, in order, to a deep copy of a document.

    Parameters: if `strict`, an action that selects nothing or changes nothing is an error; otherwise it is skipped, and
    its result has the reason.
    Returns the new document and one result for each action.
    Raises ActionFailed, also in the cases in which the Overlay specification requires an error: values of kinds that
    cannot be merged, a `copy` that selects several values.
    """
    work = _Work(document)
    results = []
    for action in overlay.actions:
        try:
            outcome = work.apply(action)
        except (QueryError, MergeError, TooManySteps) as problem:
            raise _failure(overlay, action, str(problem)) from None
        if strict and not outcome.changed:
            raise _failure(overlay, action, outcome.reason)
        results.append(outcome)
    return plain_copy(work.document), results


class _Work:
    """A copy of a document, to which actions are applied. It counts their steps."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._meter = Meter()
        self._queries = Queries(self._meter)
        self.document = metered_copy(dict(document), self._meter)
        self._growth = Growth(self.document, self._meter)

    def apply(self, action: Action) -> ActionResult:
        """Apply *action*. Raises QueryError, MergeError, TooManySteps."""
        locations = self._queries.select(self.document, action.target)
        if not locations:
            return ActionResult(action, 0, False, "its target selects nothing in this document")
        match action.kind:
            case "remove":
                changed = action.value is True and remove_values(self.document, locations)
            case "update":
                changed = self._update(locations, action.value)
            case "copy":
                sources = self._queries.select(self.document, action.value)
                if not sources:
                    return ActionResult(
                        action, len(locations), False, f"there is nothing to copy at {action.value}"
                    )
                if len(sources) > 1:
                    raise MergeError(f"`copy` needs one value, but {action.value} selects {len(sources)}")
                changed = self._update(locations, value_at(self.document, sources[0]))
        reason = "" if changed else "it changes nothing in this document"
        return ActionResult(action, len(locations), changed, reason)

    def _update(self, locations: Sequence[Location], value: Any) -> bool:
        self._growth.add(len(locations) * count_values(value))
        return update_values(self.document, locations, metered_copy(value, self._meter))


def _read_action(item: Field, position: int) -> Action:
    members = item.members(("target",), ("description", *_MODIFIERS))
    given = [name for name in _MODIFIERS if name in members]
    if len(given) != 1:
        raise item.error("one of update, remove and copy", found=" and ".join(given) or "none of them")
    modifier = members[given[0]]
    if given[0] == "remove" and not isinstance(modifier.value, bool):
        raise modifier.error("true or false")
    for query in [members["target"], *([modifier] if given[0] == "copy" else [])]:
        _check(query)
    return Action(
        position=position,
        target=members["target"].string(),
        kind=cast(Literal["update", "remove", "copy"], given[0]),
        value=modifier.value,
        description=members["description"].string() if "description" in members else "",
        extensions=_extensions(members),
    )


def _check(query: Field) -> None:
    try:
        check_query(query.string())
    except QueryError as problem:
        raise query.error("an RFC 9535 JSONPath query", str(problem)) from None


def _extensions(members: Mapping[str, Field]) -> dict[str, Any]:
    return {name: member.value for name, member in members.items() if name.startswith("x-")}


def _failure(overlay: Overlay, action: Action, reason: str) -> ActionFailed:
    return ActionFailed(
        str(overlay.path), action.position, action.kind, action.target, action.description, reason
    )
