"""Texts that are nested below the properties of a request, as in ``{"instances": [{"content": "a text"}]}``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .openapi.json_pointer import join_pointer

EACH = "*"
"""Each item of a list, in a path."""

WHOLE = "\0"
"""The name of the property with the texts if a request is itself a list of texts."""

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextsPlace:
    """Where the texts are in the value of a property of a request.

    ``path`` has the names of properties, and EACH for the items of a list. If ``is_batch``, the first list has an item
    for each text; any other list has one item. ``template`` is the JSON of a value with one text.
    """

    path: Steps
    is_batch: bool
    template: str = "null"

    @property
    def example(self) -> Any:
        """A value with one text."""
        return json.loads(self.template)

    def read(self, value: Any) -> Any:
        """The text or the texts in *value*, or None. Several items of a list that is no batch are one text, as JSON."""
        return _read(value, self.path, self.is_batch)

    def write(self, texts: Any) -> Any:
        """A value with *texts*, and with all else that the contract requires."""
        return _write(self.example, self.path, texts, self.is_batch)

    def inputs_in(self, value: Any) -> Sequence[Any] | None:
        """The items of the batch in *value*, each with all that belongs to its text; None without a batch."""
        if not self.is_batch:
            return None
        around = self.path[: self.path.index(EACH)]
        found = _read(value, around, is_batch=False)
        return found if isinstance(found, list) else None

    def pointer(self, name: str) -> str:
        """The place as a JSON pointer from the request, whose property has this *name*; EACH is for each item."""
        return join_pointer(self.path if name == WHOLE else (name, *self.path))


def _read(value: Any, path: Steps, is_batch: bool) -> Any:
    for number, name in enumerate(path):
        if name == EACH:
            return _read_items(value, path[number + 1 :], is_batch)
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def _read_items(value: Any, path: Steps, is_batch: bool) -> Any:
    if not isinstance(value, list | tuple):
        return None
    found = [_read(item, path, False) for item in value]
    if None in found:
        return None
    if is_batch:
        return found
    return found[0] if len(found) == 1 else json.dumps(found) if found else None


def _write(template: Any, path: Steps, texts: Any, is_batch: bool) -> Any:
    if not path:
        return texts
    name, rest = path[0], path[1:]
    if name == EACH:
        item = next(iter(template), None) if isinstance(template, list) else None
        values = texts if is_batch and isinstance(texts, list) else [texts]
        return [_write(item, rest, value, False) for value in values]
    around = template if isinstance(template, dict) else {}
    return {**around, name: _write(around.get(name), rest, texts, is_batch)}
