"""A value of a file together with its location, so that each error about it has the file and the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract.errors import InvalidFile, closest_name, listed_names
from conformance.text import counted

from .json_pointer import escape_token, resolve_pointer
from .limits import MAX_ITEMS
from .source_file import SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The value at `pointer` of `source`."""

    source: SourceFile
    pointer: str = ""

    @property
    def value(self) -> Any:
        """The value itself, as JSON."""
        return resolve_pointer(self.source.value, self.pointer)

    def error(self, expected: str, fix: str = "", *, found: str | None = None) -> InvalidFile:
        """The error that `expected` is missing here. `found` replaces the description of the value."""
        return self.source.error(self.pointer, expected, found or _brief(self.value), fix)

    def members(self, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Field]:
        """The members of an object, including extensions (`x-...`).

        Raises InvalidFile if this is not an object, lacks a required member, or has a member that is neither known
        nor an extension; the message then names the most similar known member.
        """
        if not isinstance(self.value, dict):
            raise self.error("an object")
        found = {name: Field(self.source, f"{self.pointer}/{escape_token(name)}") for name in self.value}
        known = (*required, *optional)
        for name, member in found.items():
            if name not in known and not name.startswith("x-"):
                near = closest_name(name, known)
                fix = f"did you mean {near!r}?" if near else ""
                raise member.error(
                    f"one of {', '.join(known)}, or an extension (x-...)", fix, found=repr(name)
                )
        for name in required:
            if name not in found:
                raise self.error(f"the member {name!r}", found=listed_names(found) or "an empty object")
        return found

    def items(self, at_least: int = 0) -> list[Field]:
        """The items of an array.

        Raises InvalidFile if this is not an array, or has fewer than `at_least` or more than MAX_ITEMS items.
        """
        if not isinstance(self.value, list) or len(self.value) < at_least:
            raise self.error(f"an array of {at_least} or more items" if at_least else "an array")
        if len(self.value) > MAX_ITEMS:
            raise self.error(f"an array of at most {counted(MAX_ITEMS, 'item')}")
        return [Field(self.source, f"{self.pointer}/{index}") for index in range(len(self.value))]

    def string(self) -> str:
        """The value as a string. Raises InvalidFile if it is not a string."""
        if not isinstance(self.value, str):
            raise self.error("a string", "put it in quotes" if isinstance(self.value, int | float) else "")
        return self.value

    def text(self) -> str:
        """The value as a string with a visible character. Raises InvalidFile for any other value."""
        if not self.string().strip():
            raise self.error("a string that is not blank")
        return self.string()

    def flag(self) -> bool:
        """The value as a boolean. Raises InvalidFile for any other value."""
        if not isinstance(self.value, bool):
            raise self.error("true or false")
        return self.value

    def choice(self, known: Sequence[str]) -> str:
        """The value as one of the `known` strings. Raises InvalidFile for any other value, with the most similar."""
        if self.string() not in known:
            near = closest_name(self.string(), known)
            raise self.error(f"one of {', '.join(known)}", f"did you mean {near!r}?" if near else "")
        return self.string()


def _brief(value: Any) -> str:
    if value is None:
        return "nothing (an empty file, or null)"
    if isinstance(value, dict):
        return f"an object ({listed_names(value)})" if value else "an empty object"
    if isinstance(value, list):
        return f"an array of {len(value)} item{'' if len(value) == 1 else 's'}"
    return repr(value) if len(repr(value)) <= 80 else f"{value!r:.77}..."
