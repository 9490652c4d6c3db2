"""The errata: where the vendored document contradicts itself or its world, and how that was resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import PointerError
from .openapi.fields import Field
from .openapi.json_pointer import resolve
from .openapi.source_file import SourceFile, read_file
from .overlay.document import Overlay
from .spec_files import errata_list


@dataclass(frozen=True, slots=True)
class Passage:
    """One side of a contradiction, quoted.

    From the vendored document: `pointer` is the JSON pointer of a value whose text has the quote.
    From elsewhere: `source` names the standard and its section, or whose practice it is, and `link` shows it.
    """

    quote: str
    pointer: str | None = None
    source: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Erratum:
    """One contradiction and its resolution.

    `pointers` are the JSON pointers of what it concerns in the vendored document; `actions` the ids of the
    overlay actions that carry the resolution out, none where it is a matter of verdicts only.
    """

    id: str
    title: str
    pointers: tuple[str, ...]
    passages: tuple[Passage, ...]
    resolution: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the errata themselves: which `erratum` (empty: the overlay), and a sentence."""

    erratum: str
    problem: str


def load_errata(path: Path | None = None) -> tuple[Erratum, ...]:
    """Load the shipped list of errata, or another one. Raises Malformed, with file and line."""
    source = read_file(path or errata_list())
    root = Field(source).members(("errata",))
    return tuple(_read_erratum(item) for item in root["errata"].items(at_least=1))


def check_errata(errata: Sequence[Erratum], document: SourceFile, overlay: Overlay) -> list[Flaw]:
    """What is wrong with a list of errata; empty when nothing is.

    Ids are unique; pointers resolve in the `document`, which is the vendored file; each quote stands there,
    blanks folded; each action exists in the `overlay`; each action of the overlay belongs to exactly one
    erratum.
    """
    flaws = [Flaw(i, "this id stands twice") for i, n in Counter(e.id for e in errata).items() if n > 1]
    for erratum in errata:
        flaws += [Flaw(erratum.id, problem) for problem in _stray_passages(erratum, document)]
    return flaws + list(_stray_actions(errata, overlay))


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
        raise item.refuse("either a pointer, or a source with a link")
    values = {name: member.text() for name, member in members.items() if not name.startswith("x-")}
    return Passage(**values)


def _stray_passages(erratum: Erratum, document: SourceFile) -> Iterator[str]:
    for pointer in (*erratum.pointers, *(p.pointer for p in erratum.passages if p.pointer is not None)):
        try:
            resolve(document.value, pointer)
        except PointerError as problem:
            yield str(problem)
    for passage in erratum.passages:
        if passage.pointer is not None and _folded(passage.quote) not in _folded(
            document.passage(passage.pointer)
        ):
            yield f"{passage.pointer} does not say {passage.quote!r}"


def _stray_actions(errata: Sequence[Erratum], overlay: Overlay) -> Iterator[Flaw]:
    named = Counter(action.id for action in overlay.actions)
    owners = Counter(action for erratum in errata for action in erratum.actions)
    for erratum in errata:
        for action in erratum.actions:
            if action not in named:
                yield Flaw(erratum.id, f"the overlay has no action {action!r}")
    for name, number in named.items():
        if name is None:
            yield Flaw("", f"{number} actions of the overlay have no id")
        elif number > 1:
            yield Flaw("", f"{number} actions of the overlay have the id {name!r}")
        elif owners[name] != 1:
            yield Flaw("", f"the action {name!r} belongs to {owners[name]} errata, not to one")


def _folded(text: str) -> str:
    return " ".join(text.split())
