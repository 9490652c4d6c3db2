"""Runs and replays of mutants through the front ends: a run writes a report, and the command replays its failures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from conformance import check
from conformance.cli.main import main
from conformance.config.headers import header_lines
from conformance.reference import default_credentials
from tests.faulty_servers.servers import application, with_faults
from tests.mutants.all_mutants import mutants
from tests.mutants.mutant import Mutant
from tests.mutants.setup import Setup

APP = "tests.mutants.replaying:app"

_served: list[ASGIApp] = []
"""The application behind ``app``: the last one."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application under test, which the front ends import by its name."""
    await _served[-1](scope, receive, send)


@dataclass(frozen=True)
class Saved:
    """The report of a run against a mutant, and the file that has it."""

    file: Path
    setup: Setup
    mutant: Mutant

    @property
    def failures(self) -> dict[str, dict[str, Any]]:
        """The rows of the failed requirements, by id."""
        rows = json.loads(self.file.read_text("utf-8"))["requirements"]
        return {row["id"]: row for row in rows if row["verdict"] == "fail"}

    def replay(self, id: str, *, corrected: bool = False) -> int:
        """Replay *id* against a new instance of the mutant, or against the correct server. Returns the exit code."""
        serve(self.setup, None if corrected else self.mutant.name)
        given = [word for line in _headers(self.setup) for word in ("--header", line)]
        return main(["replay", str(self.file), id, "--app", APP, *given])


def run(setup: Setup, name: str, folder: Path, only: Sequence[str] = ()) -> Saved:
    """Run the requirement that the mutant *name* violates, and those that *only* matches, against it."""
    mutant = serve(setup, name)
    ids = [id for id in setup.contract.catalogue.applicable(()) if id == mutant.breaks or _matches(id, only)]
    file = folder / "run.json"
    headers = dict(line.split(": ", 1) for line in _headers(setup))
    check(APP, headers=headers, contract=setup.contract.file, tokenizer="bytes", json=file, only=ids)
    return Saved(file, setup, mutant)


def serve(setup: Setup, name: str | None) -> Mutant:
    """Serve a new instance of the mutant *name*, or the correct server."""
    found = mutants(setup.contract)
    faults = [] if name is None else [found[name].fault]
    _served.append(application(with_faults(setup.correct, *faults)))
    return found[name or next(iter(found))]


def related(setup: Setup, name: str) -> Sequence[str]:
    """Patterns of the other requirements that the mutant *name* may violate, without those with many requests."""
    mutant = mutants(setup.contract)[name]
    every = (*setup.contract.catalogue[mutant.breaks].related, *mutant.also)
    return [pattern for pattern in every if not pattern.startswith(("property.", "response."))]


def _matches(id: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(id, pattern) for pattern in patterns)


def _headers(setup: Setup) -> Iterator[str]:
    yield from header_lines(setup.contract, default_credentials(setup.contract))
