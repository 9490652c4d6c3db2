"""The clients that are run, as data, with their pinned versions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
FILE = HERE / "clients.yaml"
REQUIREMENTS = HERE / "requirements"
PROGRAMS = HERE / "programs"
NODE = "node"

TEXTS = ("The food was delicious and the waiter...", "Grüße aus Köln, 日本")
"""The texts that every client embeds: they differ in length and are not only ASCII."""


@dataclass(frozen=True, slots=True)
class Client:
    """An entry of `clients.yaml`, which describes the members."""

    name: str
    client: str
    package: str
    environment: str
    program: str
    call: str
    input: str
    documentation: str
    options: Mapping[str, Any] = field(default_factory=dict)
    alternative: Sequence[str] = ()
    without_retries: Mapping[str, Any] = field(default_factory=dict)

    @property
    def texts(self) -> Sequence[str]:
        """The texts that it embeds."""
        return TEXTS[:1] if self.input == "string" else TEXTS

    @property
    def language(self) -> str:
        """The programming language of the client."""
        return "javascript" if self.environment == NODE else "python"

    @property
    def version(self) -> str:
        """The pinned version. Raises KeyError for a package that is not pinned."""
        return pinned_version(self.package, self.environment)


def load_clients(path: Path = FILE) -> list[Client]:
    """All clients, in the file's order."""
    return [Client(**entry) for entry in yaml.safe_load(path.read_text("utf-8"))["clients"]]


def pinned_version(package: str, environment: str) -> str:
    """The pinned version of *package*. Raises KeyError for one that is not pinned."""
    return _versions(environment)[package]


@cache
def _versions(environment: str) -> Mapping[str, str]:
    if environment == NODE:
        pinned: dict[str, str] = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
        return pinned
    lines = (REQUIREMENTS / f"{environment}.txt").read_text("utf-8").splitlines()
    return dict(re.split("==", line, maxsplit=1) for line in lines if "==" in line)
