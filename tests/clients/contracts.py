"""openai-python against the reference server of many contracts, strict and lenient.

A call works if its caller gets the right vectors. A strict server must reject a call that its contract does not allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance import Contract, UsageError, validate_request
from conformance.cli.openai_sdk import SdkArguments, sdk_arguments
from conformance.contract.spec_files import profile_overlays
from conformance.reference import BYTES, create_app, default_credentials
from conformance.reference.lenient import Tolerance
from conformance.reference.models import default_model, load_models
from tests.clients.catalogue import load_clients
from tests.clients.problems import embeddings_of
from tests.clients.processes import ClientRunner
from tests.clients.servers import serving
from tests.clients.vectors import expected, wrong

PROGRAM = "call_openai_contract.py"
TEXTS = ("a", "b")
LENGTHS = (8, 64, 512)
"""The lengths of vectors to ask for: the first one that the contract allows."""

SUFFIXES = (".json", ".yaml", ".yml")

SENT = {"encoding_format": "base64"}
"""What the SDK itself adds to a call."""

ENCODINGS: Mapping[str, Mapping[str, Any]] = {"default": {}, "float": {"encoding_format": "float"}}
"""The options of the calls without ``dimensions``."""

WORKS, REJECTED = "works", "rejected, as the contract says"
KINDS = ("strict", "lenient")


@dataclass(frozen=True, slots=True)
class ContractCase:
    """A contract, and the label of its row."""

    label: str
    contract: Contract

    @property
    def name(self) -> str:
        """The name on the command line."""
        return f"contract:{self.label}"

    @property
    def model(self) -> str:
        """The model of each call."""
        return default_model(self.contract, load_models(self.contract)).name

    @property
    def calls(self) -> Mapping[str, Mapping[str, Any]]:
        """The calls: those with ``dimensions`` only if the contract and the model support them."""
        has_dimensions = self.contract.roles.dimensions == "dimensions"
        if not has_dimensions or not load_models(self.contract)[self.model].dimensions:
            return ENCODINGS
        lengths = [length for length in LENGTHS if self.is_allowed(self.payload({"dimensions": length}))]
        return {**ENCODINGS, "dimensions": {"dimensions": next(iter(lengths), LENGTHS[0])}}

    def payload(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The request of a call with *options*."""
        return {"model": self.model, "input": list(TEXTS), **SENT, **options}

    def is_allowed(self, payload: Mapping[str, Any], kind: str = "strict") -> bool:
        """Whether a server of that *kind* accepts *payload*."""
        if kind == "strict":
            return not validate_request(payload, contract=self.contract)
        tolerance = Tolerance.of(self.contract, load_models(self.contract))
        tolerated = tolerance.read(json.dumps(payload).encode())
        return tolerated is not None and not validate_request(tolerated.payload, contract=self.contract)

    def arguments(self, url: str = "") -> SdkArguments | None:
        """The arguments of the SDK; None if it cannot use the operation."""
        return sdk_arguments(self.contract, url, default_credentials(self.contract), self.model)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of each call with a strict and with a lenient server: ``works``, ``rejected``, or the problem."""

    results: Mapping[str, str]
    problems: Sequence[str]
    seconds: float


def included_cases() -> list[ContractCase]:
    """The included contract under each profile."""
    return [ContractCase(profile, Contract.load(profile=profile)) for profile in profile_overlays()]


def cases_in(folder: Path) -> Iterator[ContractCase | str]:
    """The documents in *folder*; a sentence for each that the SDK cannot be used with."""
    for file in sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES):
        try:
            case = ContractCase(file.stem, Contract.load(file))
        except UsageError as error:
            yield f"{file.name}: {error}"
            continue
        yield case if case.arguments() is not None else f"{file.name}: no operation of the SDK"


def run_case(case: ContractCase, runner: ClientRunner) -> Result:
    """Run all calls of *case*. Raises SetupError."""
    client = next(client for client in load_clients() if client.name == "openai-python")
    with ExitStack() as stack:
        servers = []
        for kind in KINDS:
            app = create_app(case.contract, lenient=kind == "lenient", tokenizer=BYTES)
            address = stack.enter_context(serving(app))
            servers.append(case.arguments(f"http://{address}{case.contract.base_path}"))
        first = servers[0]
        assert first is not None
        process = runner.run_client(
            replace(client, program=PROGRAM),
            {
                "servers": [{"base_url": one.base_url} for one in servers if one is not None],
                "api_key": first.api_key.text,
                "headers": {name: value.prefix + value.text for name, value in first.headers.items()},
                "query": {name: value.text for name, value in first.query.items()},
                "calls": list(case.calls.values()),
                "model": case.model,
                "input": TEXTS,
            },
        )
    found = embeddings_of(process)
    names = [(kind, call) for kind in KINDS for call in case.calls]
    if len(found) != len(names):
        return Result(
            {}, [f"the process ended with {process.code}: {process.stderr[-300:]}"], process.seconds
        )
    results = {
        f"{kind}, {call}": judge(case, kind, call, one)
        for (kind, call), one in zip(names, found, strict=True)
    }
    problems = [f"{name}: {text}" for name, text in results.items() if text not in (WORKS, REJECTED)]
    return Result(results, problems, process.seconds)


def judge(case: ContractCase, kind: str, call: str, found: Any) -> str:
    """WORKS, REJECTED, or the problem of what the caller of *call* got from the server of that *kind*."""
    options = case.calls[call]
    is_allowed = case.is_allowed(case.payload(options), kind)
    if isinstance(found, str):
        is_right = not is_allowed and found.startswith(("BadRequest", "UnprocessableEntity"))
        return REJECTED if is_right else found
    right = expected(TEXTS, case.model, case.contract, options.get("dimensions"))
    problem = wrong(found, right)
    if problem is None and not is_allowed:
        return "expected a 4xx, since the contract does not allow the request; found vectors"
    return problem or WORKS
