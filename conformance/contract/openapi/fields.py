"""A value of a file together with its place, so that whatever is wrong with it is said with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract.errors import Malformed, closest

from .json_pointer import escape, resolve
from .source_file import SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The value at `pointer` of `source`."""

    source: SourceFile
    pointer: str = ""

    @property
    def value(self) -> Any:
        """The value itself, as JSON."""
        return resolve(self.source.value, self.pointer)

    def refuse(self, expected: str, mend: str = "", *, found: str | None = None) -> Malformed:
        """The error that says what was expected here; `found` where the value itself would not tell."""
        return self.source.refuse(self.pointer, expected, found or _brief(self.value), mend)

    def members(self, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, Field]:
        """The members of an object, extensions (`x-...`) among them.

        Raises Malformed when this is no object, lacks a required member, or has one that is neither known nor
        an extension; the sentence then names the closest known one.
        """
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        found = {name: Field(self.source, f"{self.pointer}/{escape(name)}") for name in self.value}
        known = (*required, *optional)
        for name, member in found.items():
            if name not in known and not name.startswith("x-"):
                near = closest(name, known)
                mend = f"did you mean {near!r}?" if near else ""
                raise member.refuse(
                    f"one of {', '.join(known)}, or an extension (x-...)", mend, found=repr(name)
                )
        for name in required:
            if name not in found:
                raise self.refuse(f"the member {name!r}", found=", ".join(found) or "an empty object")
        return found

    def items(self, at_least: int = 0) -> list[Field]:
        """The items of an array. Raises Malformed when this is none, or has fewer than `at_least`."""
        if not isinstance(self.value, list) or len(self.value) < at_least:
            raise self.refuse(f"an array of {at_least} or more items" if at_least else "an array")
        return [Field(self.source, f"{self.pointer}/{index}") for index in range(len(self.value))]

    def string(self) -> str:
        """A string. Raises Malformed for anything else."""
        if not isinstance(self.value, str):
            raise self.refuse("a string", "put it in quotes" if isinstance(self.value, int | float) else "")
        return self.value

    def text(self) -> str:
        """A string that is not blank. Raises Malformed for anything else."""
        if not self.string().strip():
            raise self.refuse("a string that is not blank")
        return self.string()

    def choice(self, known: Sequence[str]) -> str:
        """One of the `known` strings. Raises Malformed for anything else, with the closest of them."""
        if self.string() not in known:
            near = closest(self.string(), known)
            raise self.refuse(f"one of {', '.join(known)}", f"did you mean {near!r}?" if near else "")
        return self.string()


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object ({', '.join(value)})" if value else "an empty object"
    if isinstance(value, list):
        return f"an array of {len(value)} items"
    return repr(value) if len(repr(value)) <= 80 else f"{value!r:.77}..."
