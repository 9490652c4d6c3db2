"""One run of a client or a sample against the reference, and what it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import Contract
from tests.clients.catalogue import Client
from tests.clients.judging import embeddings_of, failures, unneeded, wrong_print, wrong_vectors
from tests.clients.processes import Bench, Ended
from tests.clients.recorder import Recorder
from tests.clients.samples import Change, Sample, SampleChanged, Surroundings, changed
from tests.clients.sending import decodes, describe
from tests.clients.table import about


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run showed: `row` is of the table (None for a sample, and where nothing was sent)."""

    name: str
    summary: str
    seconds: float
    problems: Sequence[str]
    row: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A reference server: its contract, what it takes as credentials, where it is, and what it was sent."""

    contract: Contract
    credentials: Mapping[str, str]
    recorder: Recorder
    address: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Session:
    """Four reference servers, and a bench to run clients on."""

    bench: Bench
    bearer: Place
    portkey: Place
    hosted: Place
    self_hosted: Place
    surroundings: Surroundings

    def client(self, client: Client) -> Finding:
        """Run *client* once. Raises SetupError."""
        place = self.portkey if client.alternative else self.bearer
        names = client.alternative or tuple(place.credentials)
        credentials = {name: place.credentials[name] for name in names}
        model = place.contract.example_model or ""
        case = {
            "base_url": place.base_url,
            "credentials": credentials,
            "model": model,
            "input": client.texts[0] if client.input == "string" else client.texts,
            "options": client.options,
        }
        ended = self.bench.run_client(client, case)
        calls = place.recorder.take()
        if problems := list(failures(ended, calls)):
            return Finding(client.name, "", ended.seconds, problems)
        sent = describe(calls[0], place.contract, credentials.values())
        row = {**about(client), "decodes": decodes(embeddings_of(ended)), **sent}
        summary = (
            f"{client.version}: {row['input']}, {row['encoding_format']}; its caller gets {row['decodes']}"
        )
        problems = list(wrong_vectors(ended, client.texts, model, place.contract))
        return Finding(client.name, summary, ended.seconds, problems, row)

    def sample(self, sample: Sample) -> Finding:
        """Run *sample* with the changes that it needs, then without each of them in turn. Raises SetupError."""
        changes = self.surroundings.of(sample)
        try:
            ended, problems = self._run_changed(sample, changes)
        except SampleChanged as error:
            return Finding(sample.name, "", 0.0, [str(error)])
        seconds = ended.seconds
        for change in changes:
            ended, found = self._run_without(sample, change)
            problems += found
            seconds += ended.seconds
        words = [f"{change.becomes!r} for {change.text!r}" for change in changes]
        summary = f"with {', '.join(words)}" if words else "as printed"
        return Finding(sample.name, summary, seconds, problems)

    def _run_changed(self, sample: Sample, changes: Sequence[Change]) -> tuple[Ended, list[str]]:
        place, ended = self._run(sample, changes)
        calls = place.recorder.take()
        problems = list(failures(ended, calls))
        return ended, problems or list(wrong_print(ended, calls[0], sample, place.contract))

    def _run_without(self, sample: Sample, change: Change) -> tuple[Ended, list[str]]:
        others = [other for other in self.surroundings.of(sample) if other is not change]
        place, ended = self._run(sample, others)
        return ended, list(unneeded(change, ended, place.recorder.take()))

    def _run(self, sample: Sample, changes: Sequence[Change]) -> tuple[Place, Ended]:
        place = self.self_hosted if self.surroundings.placeholder in sample.source else self.hosted
        text = changed(sample, changes, place.base_url)
        return place, self.bench.run_sample(text, self.surroundings.environment)
