"""The HTTP stacks whose requests are recorded: as data, and as recordings in ``spec/client-requests.yaml``."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from conformance.contract.spec_files import client_requests as requests_file
from tests.clients.catalogue import HERE, load_clients, pinned_version
from tests.clients.problems import LAST_LINES
from tests.clients.processes import ClientRunner, ProcessResult
from tests.clients.wire import Wire, recording

FILE = HERE / "stacks.yaml"
REQUESTS = requests_file()
"""The file with the recordings."""

CREDENTIAL = "fake-credential-5d41402a"
PATH = "/v1/embeddings"
BODY = json.dumps({"input": "a", "model": "m"})
LARGE = BODY + 1_100_000 * " "
"""A body that curl announces with ``Expect: 100-continue``."""

NUMBER = re.compile(r"\d+(?:\.\d+)+")
VALUES = {PATH: "{path}", f"Bearer {CREDENTIAL}": "{credentials}", "application/json": "{media-type}"}
"""The placeholders of a recording, by the values that they stand for."""

HEADS = "\nrequests:\n"
"""The beginning of the part of the file that is written here."""


@dataclass(frozen=True, slots=True)
class Stack:
    """An entry of `stacks.yaml`, which describes the members."""

    label: str
    names: str
    package: str
    link: str
    about: str
    client: str = ""
    command: Sequence[str] = ()
    environment: str = ""
    version: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self.label


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recording of a stack; its `head` is empty if there was not exactly one request."""

    stack: Stack
    version: str
    head: Sequence[str]
    problems: Sequence[str]
    seconds: float

    def as_entry(self) -> dict[str, Any]:
        """The entry of the file."""
        stack = self.stack
        return {
            "label": stack.label,
            "names": stack.names,
            "client": f"{stack.package} {self.version}",
            "link": stack.link,
            "about": stack.about,
            "head": list(self.head),
        }


def load_stacks(path: Path = FILE) -> list[Stack]:
    """All stacks, in the order of the file."""
    return [Stack(**entry) for entry in yaml.safe_load(path.read_text("utf-8"))["stacks"]]


def record(stacks: Sequence[Stack], runner: ClientRunner) -> Iterator[Recorded]:
    """Run each stack once, and record its request. Raises SetupError."""
    with recording() as wire:
        # curl connects only to addresses that are listed.
        own = replace(runner, reroute={wire.address: wire.address})
        for stack in stacks:
            yield _record(stack, own, wire)


def differences(entry: Mapping[str, Any] | None, recorded: Recorded) -> Iterator[str]:
    """Yield how the request differs from its *entry* in the file. Versions in values may differ."""
    if entry is None:
        yield "the file has no request of it; --update writes one"
        return
    before, now = ([NUMBER.sub("N", line) for line in head] for head in (entry["head"], recorded.head))
    if before != now:
        removed, new = (
            [line for line in one if line not in other] for one, other in ((before, now), (now, before))
        )
        yield f"expected other lines (removed: {removed}; new: {new}), or another order"


def load_entries() -> dict[str, dict[str, Any]]:
    """The entries of the file by label; empty if there is no file."""
    data = yaml.safe_load(REQUESTS.read_text("utf-8"))
    return {entry["label"]: entry for entry in data["requests"] or ()}


def save_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    """Replace all requests in the file."""
    kept, _, _ = REQUESTS.read_text("utf-8").partition(HEADS)
    text = yaml.safe_dump(list(entries), sort_keys=False, width=110, allow_unicode=True, indent=2)
    REQUESTS.write_text(f"{kept}{HEADS}{text}", "utf-8")


def lines_of(head: bytes, address: str) -> list[str]:
    """The lines of *head*, with placeholders for what depends on the target."""
    return [_with_placeholders(line, address) for line in head.decode("latin-1").split("\r\n")]


def _record(stack: Stack, runner: ClientRunner, wire: Wire) -> Recorded:
    result = _run(stack, runner, f"http://{wire.address}")
    heads = wire.take()
    problems = [f"it tried to connect outside loopback: {escape}" for escape in result.escapes]
    if result.code:
        last = " / ".join(result.stderr.strip().splitlines()[-LAST_LINES:])
        problems.append(f"it ended with {result.code}: {last}")
    if len(heads) != 1:
        problems.append(f"expected one request, found {len(heads)}")
    head = lines_of(heads[0], wire.address) if len(heads) == 1 else []
    return Recorded(stack, _version(stack), head, problems, result.seconds)


def _run(stack: Stack, runner: ClientRunner, server: str) -> ProcessResult:
    if stack.client:
        client = next(client for client in load_clients() if client.name == stack.client)
        case = {"base_url": f"{server}/v1", "credentials": {"Bearer": CREDENTIAL}, "model": "m", "input": "a"}
        return runner.run_client(client, {**case, "options": client.options})
    file = runner.directory / "large.json"
    file.write_text(LARGE, "utf-8")
    values = {"url": f"{server}{PATH}", "credential": CREDENTIAL, "body": BODY, "file": str(file)}
    filled = [re.sub(r"\{(\w+)\}", lambda name: values[name[1]], word) for word in stack.command]
    return runner.run_command(filled, stack.environment)


def _version(stack: Stack) -> str:
    if not stack.version:
        environment = stack.environment or _client_of(stack)
        return pinned_version(stack.package, environment)
    printed = subprocess.run(stack.version, capture_output=True, text=True, check=True, timeout=60).stdout
    found = NUMBER.search(printed)
    assert found, printed
    return found[0]


def _client_of(stack: Stack) -> str:
    return next(client.environment for client in load_clients() if client.name == stack.client)


def _with_placeholders(line: str, address: str) -> str:
    name, colon, value = line.partition(": ")
    if not colon:
        return line.replace(PATH, "{path}")
    match name.lower():
        case "content-length":
            return f"{name}: {{length}}"
        case "accept":
            return line
    for known, placeholder in {**VALUES, address: "{host}"}.items():
        value = value.replace(known, placeholder)
    return f"{name}: {value}"
