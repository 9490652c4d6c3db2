"""A run of the command, and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

MAX_SECONDS = 20
"""CPU time. Most cases need less than one second; this is far below what an unlimited case needs."""

MAX_MIB = 280
"""The memory of the command and 200 MiB."""


@dataclass(frozen=True)
class Run:
    """How the command ended."""

    code: int
    out: str
    err: list[str]


RunCommand = Callable[..., Run]
