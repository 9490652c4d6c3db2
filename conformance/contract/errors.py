"""Errors in the files of a contract. Their fields are data; ``str()`` gives the sentence for the user.

ContractError (a ValueError)
+-- MissingSpecification    the installation lacks one of its own spec files
+-- UnreadableFile          a file cannot be opened
+-- InvalidFile             the content of a file is invalid: syntax, version, a key, a value
+-- InvalidDocument         the document violates the OpenAPI 3.0 specification
+-- PointerError            a JSON pointer that names no value
+-- InvalidReference        a `$ref` that cannot be followed
|   +-- RemoteReference     ... because it points outside the document
|   +-- DanglingReference   ... because it names no value
|   +-- ReferenceCycle      ... because it refers back to itself
|   +-- LongReference       ... because it leads through too many others
+-- NoSuchOperation         the document has no such operation
+-- ActionFailed            an overlay action that cannot be applied
+-- UnknownProfile          a name that is not the name of a profile
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from conformance.errors import UsageError
from conformance.text import WIDTH, clip

MAX_COMPARED = 1_000
"""The number of names that are compared with an unknown one."""

MAX_LISTED = 40
"""The number of names in a message."""


def closest_name(word: str, known: Iterable[str]) -> str | None:
    """Return the item of `known` that is most similar to `word`, or None if none is similar.

    Only the first MAX_COMPARED items are compared, and only words of a usual length.
    """
    if len(word) > WIDTH:
        return None
    return next(iter(get_close_matches(word, list(islice(known, MAX_COMPARED)), n=1)), None)


def listed_names(names: Collection[object]) -> str:
    """Return `names` as a list for a message, without those beyond MAX_LISTED."""
    more = f", ... ({len(names):,} in all)" if len(names) > MAX_LISTED else ""
    return ", ".join(map(str, islice(names, MAX_LISTED))) + more


class ContractError(UsageError, ValueError):
    """Base class of the errors in the files of a contract."""


@dataclass(eq=False)
class MissingSpecification(ContractError):
    """A file of the specification is not in the installation.

    Parameters: `name`, relative to the specification's folder; `searched`, the folders that were searched.
    """

    name: str
    searched: tuple[Path, ...]

    def __str__(self) -> str:
        folders = " and ".join(map(str, self.searched))
        return f"the file {self.name} is missing from {folders}; reinstall the package"


@dataclass(eq=False)
class UnreadableFile(ContractError):
    """A file cannot be read.

    Parameters: the `file`; the `reason`, for example in the words of the operating system; the `fix`.
    """

    file: Path
    reason: str
    fix: str = "check the path"

    def __str__(self) -> str:
        return f"cannot read {self.file}: {self.reason}; {self.fix}"


@dataclass(eq=False)
class InvalidFile(ContractError):
    """The content of a file is invalid.

    Parameters: the `file`; the `line`, counted from 1, or None if unknown; the JSON `pointer` of the value in the
    file; what was `expected` there; what was `found`; the `fix`, empty if it is obvious.
    """

    file: Path
    line: int | None
    pointer: str
    expected: str
    found: str
    fix: str = ""

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        where = f" at {clip(self.pointer)}" if self.pointer else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{place}: expected {clip(self.expected)}{where}, found {clip(self.found)}{fix}"


@dataclass(eq=False)
class InvalidDocument(ContractError):
    """The document violates the OpenAPI specification.

    Parameters: the JSON `pointer` of the first invalid value; the `problem`, in the validator's words; the `count`
    of all problems.
    """

    pointer: str
    problem: str
    count: int

    def __str__(self) -> str:
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return (
            f"the OpenAPI 3.0 document is invalid at {clip(self.pointer or '/')}: {clip(self.problem)}{more}"
        )


@dataclass(eq=False)
class PointerError(ContractError):
    """A JSON pointer that names no value (RFC 6901 section 4).

    Parameters: the whole `pointer`; `reached`, the part of it that exists; the `token` that failed; what was
    `expected` there; the `suggestion`, the name most similar to the token, or None.
    """

    pointer: str
    reached: str
    token: str
    expected: str
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        found = clip(repr(self.token))
        where = clip(self.reached or "/")
        return f"{clip(self.pointer)}: expected {clip(self.expected)} at {where}, found {found}{hint}"


@dataclass(eq=False)
class InvalidReference(ContractError):
    """A `$ref` that cannot be followed.

    Parameters: the `reference` as written; the JSON `pointer` of the value that contains it.
    """

    reference: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.place} cannot be followed"

    @property
    def place(self) -> str:
        """The reference and its place, as messages show them."""
        return f"{clip(self.pointer or '/')}: the $ref {clip(repr(self.reference))}"


@dataclass(eq=False)
class RemoteReference(InvalidReference):
    """A `$ref` that points outside the document. The suite never fetches or reads its target."""

    def __str__(self) -> str:
        return f"{self.place} refers to another file; the suite reads only one file, so bundle the document"


@dataclass(eq=False)
class DanglingReference(InvalidReference):
    """A `$ref` that names no value. Parameter: the `reason`, a sentence."""

    reason: str

    def __str__(self) -> str:
        return f"{self.place} refers to a value that does not exist: {self.reason}"


@dataclass(eq=False)
class ReferenceCycle(InvalidReference):
    """A `$ref` that refers back to itself without reaching a value. Parameter: the `chain` of references."""

    chain: tuple[str, ...]

    def __str__(self) -> str:
        chain = clip(" -> ".join(self.chain))
        return f"{clip(self.pointer or '/')}: the $ref refers back to itself: {chain}"


@dataclass(eq=False)
class LongReference(InvalidReference):
    """A `$ref` to a `$ref`, and so on, more than `most` times."""

    most: int

    def __str__(self) -> str:
        return f"{self.place} leads through more than {self.most} references; refer to the value itself"


@dataclass(eq=False)
class NoSuchOperation(ContractError):
    """The document has not exactly one operation of the given name, or no embeddings operation.

    Parameters: the `wanted` operation, or None; the names of the `known` ones; those with the same name, `matching`.
    """

    wanted: str | None
    known: Sequence[str]
    matching: Sequence[str] = ()

    def __str__(self) -> str:
        add = "add one, or give another document"
        if self.wanted is None:
            return (
                "/paths: expected a path that ends in /embeddings and has the method POST, found"
                f" {listed_names(self.known) or 'no operation'};"
                f" {'choose one with --operation' if self.known else add}"
            )
        wanted = clip(repr(self.wanted))
        if self.matching:
            return f"/paths: several operations are named {wanted}; use one of {listed_names(self.matching)}"
        near = [] if len(self.wanted) > WIDTH else get_close_matches(self.wanted, self.known[:MAX_COMPARED])
        hint = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"use one of {listed_names(self.known)}"
        )
        return f"/paths: the document has no operation {wanted}; {hint if self.known else add}"


@dataclass(eq=False)
class ActionFailed(ContractError):
    """An overlay action that cannot be applied to this document.

    Parameters: the `overlay` (its file or title); the action's `position`, counted from 1; its `kind` (update,
    remove, copy); its `target`; its `description`; the `reason`, a sentence.
    """

    overlay: str
    position: int
    kind: str
    target: str
    description: str
    reason: str

    def __str__(self) -> str:
        about = f" ({clip(self.description)})" if self.description else ""
        action = f"{self.kind} {clip(self.target)}"
        return f"{self.overlay}, action {self.position}{about}: {action}: {clip(self.reason)}"


@dataclass(eq=False)
class UnknownProfile(ContractError):
    """A name that is not the name of a profile.

    Parameters: the `name`; the `known` names; the `suggestion`, the most similar one, or None.
    """

    name: str
    known: tuple[str, ...]
    suggestion: str | None

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else "."
        return (
            f"unknown profile {self.name!r}{hint} "
            f"Known profiles: {', '.join(self.known)}. A profile can also be the path of an overlay file."
        )
