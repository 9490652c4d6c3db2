"""The real open-source Portkey gateway as ``examples/servers`` starts it, and what it wanted of the network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.servers.example import FOLDER, Example, load
from tests.servers.server import serving

EXAMPLE = "portkey-openai"


@dataclass(frozen=True, slots=True)
class Redirected:
    """A call meant for `host` (with its port, if named) that went to the upstream; `path` has no query."""

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway.

    Attributes:
        base_url: what a client is configured with; `/embeddings` goes behind it.
        variables: the credentials that its example names, by variable.
        directory: of what is installed, and of the logs.
    """

    base_url: str
    variables: Mapping[str, str]
    directory: Path

    def escapes(self) -> list[str]:
        """Every attempt to leave loopback by a way that could not be redirected; all of them failed."""
        return (self.directory / "logs" / f"{EXAMPLE}.escapes").read_text(encoding="utf-8").splitlines()

    def redirected(self) -> list[Redirected]:
        """Every HTTP call that was sent to the upstream in place of its own host, in order."""
        log = self.directory / "installed" / EXAMPLE / "redirected.jsonl"
        return [Redirected(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def example() -> Example:
    """The gateway in front of the provider openai, which the reference plays all the time: several runs follow."""
    return replace(load(FOLDER / EXAMPLE), upstream="reference")


@contextmanager
def running_gateway(directory: Path) -> Iterator[Gateway]:
    """Run the gateway, installed in *directory* if it is not yet, for as long as the block lasts. Raises SetupError."""
    with serving(example(), directory) as server:
        yield Gateway(server.base_url, server.variables, directory)
