"""Run clients and samples against recorded reference servers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import Contract
from conformance.reference import BASE_PATH, default_credentials
from tests.clients.catalogue import Client
from tests.clients.problems import embeddings_of, failures, unneeded_change, wrong_print, wrong_vectors
from tests.clients.processes import ClientRunner, ProcessResult
from tests.clients.recorder import Recorder
from tests.clients.rows import decodes, describe
from tests.clients.samples import (
    Change,
    Sample,
    SampleChanged,
    SampleSettings,
    changed,
    hosted,
    load_settings,
)
from tests.clients.servers import certificate, reference, serving
from tests.clients.table import about
from tests.clients.vocabulary import NAME, cached_vocabulary

BEARER = "openai"
"""The profile of a server that accepts a bearer token."""

HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one run. `row` is its row of the table; None for a sample, and if there was no response."""

    name: str
    summary: str
    seconds: float
    problems: Sequence[str]
    row: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RecordedServer:
    """A reference server: its contract, credentials, recorder, address and base URL."""

    contract: Contract
    credentials: Mapping[str, str]
    recorder: Recorder
    address: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Session:
    """Four reference servers, and a runner for clients and samples."""

    runner: ClientRunner
    bearer: RecordedServer
    portkey: RecordedServer
    hosted: RecordedServer
    self_hosted: RecordedServer
    settings: SampleSettings

    def client(self, client: Client) -> Finding:
        """Run *client* once. Raises SetupError."""
        server = self.portkey if client.alternative else self.bearer
        names = client.alternative or tuple(server.credentials)
        credentials = {name: server.credentials[name] for name in names}
        model = server.contract.example_model or ""
        case = {
            "base_url": server.base_url,
            "credentials": credentials,
            "model": model,
            "input": client.texts[0] if client.input == "string" else client.texts,
            "options": client.options,
        }
        result = self.runner.run_client(client, case)
        calls = server.recorder.take()
        if problems := list(failures(result, calls)):
            return Finding(client.name, "", result.seconds, problems)
        sent = describe(calls[0], server.contract, credentials.values())
        row = {**about(client), "decodes": decodes(embeddings_of(result)), **sent}
        summary = (
            f"{client.version}: {row['input']}, {row['encoding_format']}; the caller gets {row['decodes']}"
        )
        problems = list(wrong_vectors(result, client.texts, model, server.contract))
        return Finding(client.name, summary, result.seconds, problems, row)

    def sample(self, sample: Sample) -> Finding:
        """Run *sample* with its changes, then without each of them. Raises SetupError."""
        changes = self.settings.of(sample)
        try:
            result, problems = self._run_changed(sample, changes)
        except SampleChanged as error:
            return Finding(sample.name, "", 0.0, [str(error)])
        seconds = result.seconds
        for change in changes:
            result, found = self._run_without(sample, change)
            problems += found
            seconds += result.seconds
        replacements = [f"{change.becomes!r} for {change.text!r}" for change in changes]
        summary = f"with {', '.join(replacements)}" if replacements else "as printed"
        return Finding(sample.name, summary, seconds, problems)

    def _run_changed(self, sample: Sample, changes: Sequence[Change]) -> tuple[ProcessResult, list[str]]:
        server, result = self._run(sample, changes)
        calls = server.recorder.take()
        problems = list(failures(result, calls))
        return result, problems or list(wrong_print(result, calls[0], sample, server.contract))

    def _run_without(self, sample: Sample, change: Change) -> tuple[ProcessResult, list[str]]:
        others = [other for other in self.settings.of(sample) if other is not change]
        server, result = self._run(sample, others)
        return result, list(unneeded_change(change, result, server.recorder.take()))

    def _run(self, sample: Sample, changes: Sequence[Change]) -> tuple[RecordedServer, ProcessResult]:
        server = self.self_hosted if self.settings.placeholder in sample.source else self.hosted
        text = changed(sample, changes, server.base_url)
        return server, self.runner.run_sample(text, self.settings.environment)


def recording_runner(directory: Path) -> ClientRunner:
    """A runner for programs whose requests are recorded on loopback. All files are in *directory*."""
    directory = directory.resolve()
    authority, _ = certificate("localhost", directory)
    return ClientRunner(directory, directory, authority)


@contextmanager
def running_session(directory: Path) -> Iterator[Session]:
    """Start the reference servers, and stop them at the end of the block. All files are in *directory*.

    The samples' servers accept the samples' placeholders as credentials. tiktoken keeps the vocabulary in this process
    after the block. Raises SetupError.
    """
    directory = directory.resolve()
    vocabulary = cached_vocabulary(directory / "tiktoken")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(vocabulary)
    contract, settings = Contract.load(), load_settings()
    host, port, base_path = hosted(contract)
    authority, tls = certificate(host, directory)
    placeholders = default_credentials(contract) | dict(settings.credentials)
    with ExitStack() as stack:

        def start(of: Contract, credentials: Mapping[str, str], path: str, **tls: str) -> RecordedServer:
            recorder = reference(of, NAME, credentials, path)
            address = stack.enter_context(serving(recorder, **tls))
            return RecordedServer(of, credentials, recorder, address, f"http://{address}{path}")

        bearer = Contract.load(profile=BEARER)
        public = start(contract, placeholders, base_path, **tls)
        # The placeholder has no path, so curl requests the contract's path only.
        own = start(contract, placeholders, "")
        reroute = {
            f"{host}:{port}": public.address,
            f"{settings.placeholder}:{HTTP_PORT}": own.address,
        }
        yield Session(
            ClientRunner(directory, vocabulary, authority, reroute),
            bearer=start(bearer, default_credentials(bearer), BASE_PATH),
            portkey=start(contract, default_credentials(contract), BASE_PATH),
            hosted=public,
            self_hosted=own,
            settings=settings,
        )
