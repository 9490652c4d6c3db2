"""Sends plainly valid requests between repeats, until the response is as usual; detects a changed target."""

from __future__ import annotations

from dataclasses import replace

from conformance.http_client import Exchange

from .check import FaultKind
from .retry import is_busy
from .sender import Sender

SETTLING = 8
"""Plainly valid requests after one that may affect the next ones, until one of them gets the usual vector."""

CHANGED_TRIES = 3
"""Plainly valid requests that all get another vector than the first one of the run, if the server has changed."""


class PlainRequests:
    """Sends plainly valid requests alone, and compares them with the first one of the run.

    ``changed``: whether the target has changed for good; None if that was not tried.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender, self._transmission = sender, sender.transmission
        self._in_vain = False
        self.changed: bool | None = None

    async def settle(self) -> bool:
        """Send plainly valid requests until one of them gets the usual vector; whether one succeeded.

        Only one, if several were in vain before, or if the target is busy or does not respond.
        """
        succeeded = False
        for _ in range(1 if self._in_vain else SETTLING):
            plain = await self._sender.alone(self._sender.plain)
            succeeded = succeeded or plain.succeeded
            if plain.response is None or is_busy(plain) or self._is_usual(plain):
                return succeeded
        self._in_vain = True
        return succeeded

    async def show_a_change(self) -> bool:
        """Whether a plainly valid request gets another vector now than at the start, the same one each time."""
        if self.changed is None:
            first = self._first
            if first is None or not self._transmission.found(FaultKind.OTHER_VECTOR):
                return False
            self.changed = await self._always_differs(first)
        return self.changed

    @property
    def _first(self) -> Exchange | None:
        return self._sender.exchange_of(replace(self._sender.plain, after=None))

    def _is_usual(self, plain: Exchange) -> bool:
        first = self._first
        return plain.succeeded and (first is None or not self._transmission.differ(plain, first))

    async def _always_differs(self, first: Exchange) -> bool:
        differ, known = self._transmission.differ, None
        for _ in range(CHANGED_TRIES):
            plain = await self._sender.alone(self._sender.plain)
            if not differ(first, plain) or (known is not None and differ(known, plain)):
                return False
            known = plain
        return True
