"""Errata: contradictions of the included document (to itself, a standard, or practice), and their resolutions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PointerError
from .openapi.fields import Field
from .openapi.json_pointer import resolve_pointer
from .openapi.source_file import SourceFile, read_file
from .overlay.document import Overlay
from .spec_files import errata_list


@dataclass(frozen=True, slots=True)
class Passage:
    """One side of a contradiction, quoted.

    From the vendored document: `pointer` is the JSON pointer of a value whose text contains the quote.
    From another source: `source` names the standard and its section, or the software, and `link` is its page.
    """

    quote: str
    pointer: str | None = None
    source: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Erratum:
    """One contradiction and its resolution.

    `pointers` are the JSON pointers of the affected values in the vendored document. `actions` are the ids of the
    overlay actions that apply the resolution; there are none if it affects only verdicts.
    """

    id: str
    title: str
    pointers: tuple[str, ...]
    passages: tuple[Passage, ...]
    resolution: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrataProblem:
    """A problem of the errata themselves: the id of the `erratum` (empty for the overlay), and a sentence."""

    erratum: str
    problem: str


def load_errata(path: Path | None = None) -> tuple[Erratum, ...]:
    """Load the shipped list of errata, or another one. Raises UnreadableFile; InvalidFile, with file and line."""
    source = read_file(path or errata_list())
    root = Field(source).members(("errata",))
    return tuple(_read_erratum(item) for item in root["errata"].items(at_least=1))


def check_errata(errata: Sequence[Erratum], document: SourceFile, overlay: Overlay) -> list[ErrataProblem]:
    """Return the problems of a list of errata.

    Ids must be unique. Pointers must resolve in the `document`, which is the vendored file, and each quote must be in
    the text there, with whitespace folded. Each action must exist in the `overlay`, and each action of the overlay must
    belong to exactly one erratum.
    """
    problems = [
        ErrataProblem(i, "this id is a duplicate") for i, n in Counter(e.id for e in errata).items() if n > 1
    ]
    for erratum in errata:
        problems += [ErrataProblem(erratum.id, problem) for problem in _passage_problems(erratum, document)]
    return problems + list(_action_problems(errata, overlay))


def _read_erratum(item: Field) -> Erratum:
    members = item.members(("id", "title", "pointers", "passages", "resolution"), ("actions",))
    return Erratum(
        id=members["id"].text(),
        title=members["title"].text(),
        pointers=tuple(pointer.string() for pointer in members["pointers"].items(at_least=1)),
        passages=tuple(_read_passage(passage) for passage in members["passages"].items(at_least=2)),
        resolution=members["resolution"].text(),
        actions=tuple(a.text() for a in members["actions"].items(at_least=1)) if "actions" in members else (),
    )


def _read_passage(item: Field) -> Passage:
    members = item.members(("quote",), ("pointer", "source", "link"))
    if ("pointer" in members) == ("source" in members) or ("source" in members) != ("link" in members):
        raise item.error("either a pointer, or a source with a link")
    values = {name: member.text() for name, member in members.items() if not name.startswith("x-")}
    return Passage(**values)


def _passage_problems(erratum: Erratum, document: SourceFile) -> Iterator[str]:
    for pointer in (*erratum.pointers, *(p.pointer for p in erratum.passages if p.pointer is not None)):
        try:
            resolve_pointer(document.value, pointer)
        except PointerError as problem:
            yield str(problem)
    for passage in erratum.passages:
        if passage.pointer is not None and _folded(passage.quote) not in _folded(
            document.source_text(passage.pointer)
        ):
            yield f"{passage.pointer} does not contain {passage.quote!r}"


def _action_problems(errata: Sequence[Erratum], overlay: Overlay) -> Iterator[ErrataProblem]:
    named = Counter(action.id for action in overlay.actions)
    owners = Counter(action for erratum in errata for action in erratum.actions)
    for erratum in errata:
        for action in erratum.actions:
            if action not in named:
                yield ErrataProblem(erratum.id, f"the overlay has no action {action!r}")
    for name, number in named.items():
        if name is None:
            yield ErrataProblem("", f"actions of the overlay without an id: {number}")
        elif number > 1:
            yield ErrataProblem("", f"actions of the overlay with the id {name!r}: {number}")
        elif owners[name] != 1:
            yield ErrataProblem(
                "", f"errata that have the action {name!r}: {owners[name]}; there must be one"
            )


def _folded(text: str) -> str:
    return " ".join(text.split())
