"""Compare the suite's table of clients with what the clients did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from conformance.contract.clients import EFFECTS, WORKS
from conformance.report.model.compatibility import CONSEQUENCES

from .record import Entry

ERROR, WRONG_DATA = EFFECTS
NOT_KNOWN = "not known"


def effects_by_client(calls: Mapping[str, str], clients: Mapping[str, str]) -> dict[str, set[str]]:
    """The effects on the callers of each client; *clients* has the client's name for each call."""
    found: dict[str, set[str]] = {}
    for call, effect in calls.items():
        found.setdefault(clients[call], set()).add(effect)
    return found


def worst(effects: Iterable[str]) -> str:
    """What a caller must expect: WRONG_DATA before ERROR before WORKS."""
    found = set(effects)
    return next((effect for effect in (WRONG_DATA, ERROR) if effect in found), WORKS)


def says(row: Mapping[str, Any]) -> str:
    """The worst effect in a *row* of the suite's table; its result if that is ``not known``."""
    effects = [effect for effect, text in CONSEQUENCES.items() if text in row["consequences"]]
    return NOT_KNOWN if row["result"] == NOT_KNOWN else worst(effects)


def mismatches(
    effects: Mapping[str, Iterable[str]],
    table: Mapping[str, Mapping[str, Any]],
    cautious: Collection[str] = (),
) -> Iterator[str]:
    """Yield a sentence for each client whose row in *table* is not what it did.

    ``not known`` is right for a client that works. The rows of *cautious* clients say that they break; they work.
    """
    for client, found in effects.items():
        row, did = table[client], worst(found)
        claim = says(row)
        if client in cautious and did == WORKS:
            if claim == WORKS:
                yield f"{client}: the table no longer says that it breaks; remove it from cautious"
        elif claim != did and (claim, did) != (NOT_KNOWN, WORKS):
            reasons = ", ".join([*row["failed"], *(f"{id} (not known)" for id in row["unknown"])])
            yield f"{client}: its callers get {did}, the table says {claim}: {reasons or 'all passed'}"


def changes_of_entry(before: Entry | None, now: Entry) -> Iterator[str]:
    """Yield a sentence for each difference between the record and what was found *now*, except for the wording."""
    if before is None:
        yield "the record has no entry for it; --update writes one"
        return
    for part in ("calls", "failed"):
        old, new = getattr(before, part), getattr(now, part)
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                yield f"{part} of {name}: expected {old.get(name)}, found {new.get(name)}"
