"""What the callers of real clients get from the faulty servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import Contract
from conformance.contract.clients import EFFECTS, WORKS
from conformance.reference import default_credentials
from tests.clients.catalogue import Client
from tests.clients.processes import ClientRunner, ProcessResult
from tests.clients.rows import decodes
from tests.clients.table import load_table
from tests.clients.vectors import expected, wrong
from tests.installing import SetupError

from .faults import PORTKEY
from .serving import NUMBERS, RunningServer, contract_of

ERROR, WRONG_DATA = EFFECTS
STRING = "string"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a caller got: WORKS, ERROR or WRONG_DATA; and the detail for a reader."""

    effect: str
    detail: str = ""


def calls_of(clients: Sequence[Client], profile: str) -> Iterator[Client]:
    """The calls with default settings for which a server of *profile* has the credentials."""
    own = {(client.program, client.input): client for client in reversed(clients) if _has_token(client)}
    for client in clients:
        is_chosen = bool(client.alternative) if profile == PORTKEY else client in own.values()
        if is_chosen and not client.options:
            yield client


def run_call(client: Client, servers: Sequence[RunningServer], runner: ClientRunner) -> dict[str, Outcome]:
    """The outcome of the call of *client* at each of *servers*, by the server's name, in one process.

    Raises SetupError if the process fails, or tries to connect outside loopback.
    """
    result = runner.run_cases(client, [_case(client, running) for running in servers])
    got = _results(client, result, len(servers))
    return {
        running.server.name: judge(client, one, running) for running, one in zip(servers, got, strict=True)
    }


def judge(client: Client, got: Mapping[str, Any], running: RunningServer) -> Outcome:
    """What ``{"embeddings": ...}`` or ``{"error": ...}`` means for the caller of *client*.

    The right vectors are floats, or base64 if the client leaves base64 to its caller.
    """
    if "error" in got:
        return Outcome(ERROR, got["error"])
    embeddings = got["embeddings"]
    if not isinstance(embeddings, list):
        return Outcome(WRONG_DATA, f"expected a list, found {type(embeddings).__name__}")
    if decodes(embeddings) == STRING != load_table()[client.name]["decodes"]:
        return Outcome(WRONG_DATA, "a text in place of each vector")
    if not all(map(_is_embedding, embeddings)):
        return Outcome(WRONG_DATA, "not all embeddings are lists of numbers")
    right = expected(client.texts, running.model, running.contract, NUMBERS)
    try:
        problem = wrong(embeddings, right)
    except (TypeError, ValueError) as error:
        problem = f"not a vector: {error}"
    return Outcome(WRONG_DATA, problem) if problem else Outcome(WORKS)


def _is_embedding(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(number, int | float) for number in value)
    )


def _has_token(client: Client) -> bool:
    return not client.alternative or bool(_tokens(contract_of(PORTKEY)) & set(client.alternative))


def _tokens(contract: Contract) -> set[str]:
    return {scheme.name for scheme in contract.security.schemes if scheme.is_token}


def _case(client: Client, running: RunningServer) -> dict[str, Any]:
    return {
        "base_url": running.base_url,
        "credentials": dict(_credentials(client, running)),
        "model": running.model,
        "input": client.texts[0] if client.input == STRING else client.texts,
        "options": {**client.options, **client.without_retries},
    }


def _credentials(client: Client, running: RunningServer) -> Mapping[str, str]:
    """Those of the client's alternative; its bearer token is that of the server."""
    if not client.alternative:
        return running.credentials
    given = running.credentials
    if running.server.profile != PORTKEY:
        (token,) = given.values()
        portkey = default_credentials(contract_of(PORTKEY))
        given = {**portkey, **dict.fromkeys(_tokens(contract_of(PORTKEY)), token)}
    return {name: given[name] for name in client.alternative}


def _results(client: Client, result: ProcessResult, count: int) -> list[Mapping[str, Any]]:
    try:
        got = json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        got = []
    if result.escapes or len(got) != count:
        problem = (
            f"{client.name} ended with {result.code}, and tried to reach {result.escapes or 'nothing else'}"
        )
        raise SetupError(problem, f"run it alone: {client.program}", result.stderr)
    results: list[Mapping[str, Any]] = got
    return results
