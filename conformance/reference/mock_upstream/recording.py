"""A window on an upstream: what arrives there while it is open, and how that is answered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self

MOST = 200
"""Requests that a window records; a gateway that tries again and again has shown itself by then."""

CREDENTIAL = re.compile(r"(.*-)?(authorization|api-?key|(access|auth)-?token|secret)", re.IGNORECASE)
"""Names of headers that carry a credential; an idempotency key, a trace's token are none."""


class Misbehaviour(StrEnum):
    """No answer: the connection is dropped in its place, or nothing comes for as long as the window is open."""

    DROP = "drop"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in place of the right one."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


Rewrite = Callable[[Any], Any]
"""Another answer, made of the right one: of its JSON."""

Script = Reply | Misbehaviour | Rewrite | None
"""How requests are answered; None for rightly."""


@dataclass(slots=True)
class Arrival:
    """A request as it arrived, its ``body`` unpacked, its ``path`` with the query behind it.

    ``status`` and ``answer`` are what it was given, once that is written.
    """

    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0
    answer: bytes = field(default=b"", repr=False)

    @property
    def payload(self) -> Mapping[str, Any]:
        """The JSON object that arrived; empty for anything else."""
        return _object(self.body)

    def credentials(self) -> list[str]:
        """What arrived as a credential, without the name of its scheme."""
        return [v.rpartition(" ")[2] for n, v in self.headers if CREDENTIAL.fullmatch(n)]


class Watched(Protocol):
    """What lets a window see its requests."""

    def watch(self, window: Window | None) -> None:
        """Let *window* have what arrives from now on, or nobody."""
        ...


class Window:
    """While it is open, with ``with``, what arrives at *upstream* is recorded, and answered as *script* says.

    It may be opened again, and then begins anew.
    """

    def __init__(self, upstream: Watched, script: Script = None) -> None:
        self._upstream, self.script = upstream, script
        self.arrivals: list[Arrival] = []
        self.open = False

    def __enter__(self) -> Self:
        self.arrivals, self.open = [], True
        self._upstream.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.open = False
        self._upstream.watch(None)

    def explains(self, status: int) -> bool:
        """Whether an answer with *status* is owed to the script, and says nothing of the gateway's own load."""
        return status >= 400 and self.script is not None and bool(self.arrivals)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
