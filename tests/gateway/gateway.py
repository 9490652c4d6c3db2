"""Run the open-source Portkey gateway of ``examples/servers``, and read its recorded network calls."""

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
    """A call to `host` (with its port, if given) that was redirected to the upstream. `path` has no query."""

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway.

    Attributes:
        base_url: the base URL for a client, without `/embeddings`.
        variables: the credentials of its example, by variable.
        directory: the folder of the installation and the logs.
    """

    base_url: str
    variables: Mapping[str, str]
    directory: Path

    def escapes(self) -> list[str]:
        """The attempts to connect outside loopback that were not redirected. All of them failed."""
        return (self.directory / "logs" / f"{EXAMPLE}.escapes").read_text(encoding="utf-8").splitlines()

    def redirected(self) -> list[Redirected]:
        """The HTTP calls that were redirected to the upstream, in order."""
        log = self.directory / "installed" / EXAMPLE / "redirected.jsonl"
        return [Redirected(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]


def example() -> Example:
    """The gateway in front of the provider openai. The reference server is its upstream during all runs."""
    return replace(load(FOLDER / EXAMPLE), upstream="reference")


@contextmanager
def running_gateway(directory: Path) -> Iterator[Gateway]:
    """Install the gateway in *directory* if missing, and run it until the end of the block. Raises SetupError."""
    with serving(example(), directory) as server:
        yield Gateway(server.base_url, server.variables, directory)
