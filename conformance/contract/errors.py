"""What can be wrong with the files a contract is made of; the fields are the data, the sentence comes second.

ContractError (a ValueError)
+-- MissingSpecification    the installation lacks its own spec files
+-- Malformed               a file is not what it has to be: syntax, version, a key, a value
+-- InvalidDocument         the document breaks the OpenAPI 3.0 specification
+-- PointerError            a JSON pointer that leads nowhere
+-- ReferenceFault          a `$ref` that cannot be followed
|   +-- RemoteReference     ... because it leaves the document
|   +-- DanglingReference   ... because nothing stands there
|   +-- ReferenceCycle      ... because it comes back to itself
+-- ActionFailed            an overlay action that cannot be carried out
+-- UnknownProfile          a profile's name that nobody knows
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from conformance.errors import UsageError


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be, None when nothing comes near."""
    return next(iter(get_close_matches(word, list(known), n=1)), None)


class ContractError(UsageError, ValueError):
    """Something about the files a contract is made of; every error of theirs is one."""


@dataclass(eq=False)
class MissingSpecification(ContractError):
    """A file of the specification is not in the installation.

    Parameters: `name` below the specification's folder; `looked`, the folders that were searched.
    """

    name: str
    looked: tuple[Path, ...]

    def __str__(self) -> str:
        places = " and ".join(map(str, self.looked))
        return f"expected the file {self.name} in {places}, found none: install the package again"


@dataclass(eq=False)
class Malformed(ContractError):
    """A file is not what it has to be.

    Parameters: the `file`; the `line` counted from 1, None where no line can be told; the JSON `pointer` of
    the value inside the file; what was `expected` there; what was `found`; how to `mend` it, empty when
    obvious.
    """

    file: Path
    line: int | None
    pointer: str
    expected: str
    found: str
    mend: str = ""

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        where = f" at {self.pointer}" if self.pointer else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{place}: expected {self.expected}{where}, found {self.found}{mend}"


@dataclass(eq=False)
class InvalidDocument(ContractError):
    """The document breaks the OpenAPI specification.

    Parameters: the JSON `pointer` of the first value that does, the validator's words for the `problem`, and
    the `count` of all problems.
    """

    pointer: str
    problem: str
    count: int

    def __str__(self) -> str:
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return f"expected a valid OpenAPI 3.0 document, found at {self.pointer or '/'}: {self.problem}{more}"


@dataclass(eq=False)
class PointerError(ContractError):
    """A JSON pointer that leads nowhere (RFC 6901 section 4).

    Parameters: the whole `pointer`; `reached`, the part of it that exists; the `token` that failed; what was
    `expected` there; the `suggestion` nearest to the token, None when nothing comes near.
    """

    pointer: str
    reached: str
    token: str
    expected: str
    suggestion: str | None = None

    def __str__(self) -> str:
        meant = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return (
            f"{self.pointer}: expected {self.expected} at {self.reached or '/'}, found {self.token!r}{meant}"
        )


@dataclass(eq=False)
class ReferenceFault(ContractError):
    """A `$ref` that cannot be followed.

    Parameters: the `reference` as it is written; the JSON `pointer` of the value that has it.
    """

    reference: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: $ref {self.reference!r} cannot be followed"


@dataclass(eq=False)
class RemoteReference(ReferenceFault):
    """A `$ref` that leaves the document. Nothing is ever fetched or read for it."""

    def __str__(self) -> str:
        return (
            f"{self.pointer or '/'}: expected a $ref into this document ('#/...'), found {self.reference!r}: "
            "nothing outside the document is read; bundle it into one file first"
        )


@dataclass(eq=False)
class DanglingReference(ReferenceFault):
    """A `$ref` to nowhere. Parameter: the `reason`, a sentence."""

    reason: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: $ref {self.reference!r} leads nowhere: {self.reason}"


@dataclass(eq=False)
class ReferenceCycle(ReferenceFault):
    """A `$ref` that comes back to itself without reaching a value. Parameter: the `chain` of references."""

    chain: tuple[str, ...]

    def __str__(self) -> str:
        circle = " -> ".join(self.chain)
        return f"{self.pointer or '/'}: expected a $ref that ends at a value, found a circle: {circle}"


@dataclass(eq=False)
class ActionFailed(ContractError):
    """An overlay action that cannot be carried out on this document.

    Parameters: the `overlay` (its file or title); the action's `position`, counted from 1; its `kind`
    (update, remove, copy); its `target`; its `description`; the `reason`, a sentence.
    """

    overlay: str
    position: int
    kind: str
    target: str
    description: str
    reason: str

    def __str__(self) -> str:
        about = f" ({self.description})" if self.description else ""
        return f"{self.overlay}, action {self.position}{about}: {self.kind} {self.target}: {self.reason}"


@dataclass(eq=False)
class UnknownProfile(ContractError):
    """A profile's name that nobody knows. Parameters: the `name`, the `known` names, the nearest of them."""

    name: str
    known: tuple[str, ...]
    suggestion: str | None

    def __str__(self) -> str:
        meant = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return (
            f"expected a profile's name ({', '.join(self.known)}) or the path of an overlay file, "
            f"found {self.name!r}{meant}"
        )
