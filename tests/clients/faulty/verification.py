"""Run the clients and the suite against the faulty servers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.clients.catalogue import Client, load_clients
from tests.clients.processes import ClientRunner
from tests.clients.vocabulary import cached_vocabulary

from .comparison import effects_by_client, mismatches, says, worst
from .faults import FaultyServer
from .judged import Findings, reasons_by_client, run_suite
from .outcomes import Outcome, calls_of, run_call
from .record import Entry
from .serving import RunningServer, contract_of, running_servers


@dataclass(frozen=True, slots=True)
class Verified:
    """A faulty server, the outcome of each call, the suite's findings and its table of clients, by name."""

    server: FaultyServer
    outcomes: Mapping[str, Outcome]
    findings: Findings
    table: Mapping[str, Mapping[str, Any]]
    seconds: float

    @property
    def effects(self) -> dict[str, set[str]]:
        """The effects on the callers of each client."""
        calls = {call: outcome.effect for call, outcome in self.outcomes.items()}
        return effects_by_client(calls, client_names())

    @property
    def problems(self) -> list[str]:
        """A sentence for each client whose row in the table is not what it did."""
        return list(mismatches(self.effects, self.table, self.server.cautious))

    def as_entry(self) -> Entry:
        """The entry of the record."""
        effects = self.effects
        found = reasons_by_client(self.findings, contract_of(self.server.profile))
        return Entry(
            self.server.does,
            self.server.profile,
            {call: outcome.effect for call, outcome in self.outcomes.items()},
            {name: texts for name, texts in found.items() if name in effects},
            self.findings,
        )

    def lines(self) -> Iterator[str]:
        """For each client, what it did and what the table says."""
        for client, effects in self.effects.items():
            yield f"{client:<36} {worst(effects):<11} {says(self.table[client])}"


def client_names() -> dict[str, str]:
    """The name in spec/clients.yaml of each call in clients.yaml."""
    return {call.name: call.client for call in load_clients()}


def versions() -> dict[str, str]:
    """The pinned package of each call with default settings."""
    return {call.name: f"{call.package} {call.version}" for call in load_clients() if not call.options}


def verify(servers: Sequence[FaultyServer], runner: ClientRunner) -> Iterator[Verified]:
    """Run each client once with all *servers*, and the suite with each of them. Raises SetupError.

    tiktoken keeps the vocabulary in this process afterwards.
    """
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cached_vocabulary(runner.vocabulary))
    with running_servers(servers) as running:
        outcomes = _outcomes(running, runner)
        for one in running:
            begun = time.monotonic()
            findings, table = run_suite(one)
            spent = time.monotonic() - begun
            yield Verified(one.server, outcomes[one.server.name], findings, table, spent)


def _outcomes(running: Sequence[RunningServer], runner: ClientRunner) -> dict[str, dict[str, Outcome]]:
    """The outcome of each call, by the names of the server and of the call."""
    found: dict[str, dict[str, Outcome]] = {one.server.name: {} for one in running}
    for call in load_clients():
        chosen = [one for one in running if call in _calls(one)]
        if chosen:
            for name, outcome in run_call(call, chosen, runner).items():
                found[name][call.name] = outcome
    return found


def _calls(running: RunningServer) -> list[Client]:
    return list(calls_of(load_clients(), running.server.profile))
