"""Which rejections of long texts are allowed, according to the target's own token counts."""

from __future__ import annotations

from typing import Any

from conformance.contract.roles import Roles
from conformance.engine import Expect, Probe
from conformance.generators.valid import SAFE_TOKENS
from conformance.http_client import Exchange
from conformance.text import counted

HIGHEST_RATIO = 1.0
"""Tokens for each byte of text, as long as the ratio of a target is not known."""

LEAST_BYTES = 20
"""Bytes of texts that are counted: of a shorter one, most tokens can be special ones."""

ENOUGH_BYTES = 100
"""Bytes of text after which the ratio of a target is known."""

REJECTIONS = frozenset({400, 413, 422})


class LongTexts:
    """How many tokens the target counts for a byte of text, and which rejections that allows."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._bytes = self._tokens = 0

    def observe(self, probe: Probe, tokens: int | None) -> None:
        """Count the bytes and the *tokens* of an accepted request that has only texts."""
        texts = self._items(probe) if tokens is not None and self._bytes < ENOUGH_BYTES else []
        are_long = all(isinstance(text, str) and _size(text) >= LEAST_BYTES for text in texts)
        if texts and tokens is not None and are_long:
            self._bytes += sum(map(_size, texts))
            self._tokens += tokens

    def excuse(self, probe: Probe, exchange: Exchange) -> str:
        """Why the target may reject a valid request: the reason, or nothing."""
        if probe.expect is Expect.REJECT or exchange.status not in REJECTIONS:
            return ""
        longest = max((self._estimate(item) for item in self._items(probe)), default=0)
        if longest <= SAFE_TOKENS:
            return ""
        return f"the server may reject a text of about {counted(longest, 'token')}"

    def _items(self, probe: Probe) -> list[Any]:
        """The inputs of a request: texts, or arrays of tokens."""
        value = self._roles.texts_of(probe.payload)
        if isinstance(value, list) and value and not isinstance(value[0], int):
            return value
        return [] if value is None else [value]

    def _estimate(self, item: object) -> int:
        if not isinstance(item, str):
            return len(item) if isinstance(item, list) else 1
        is_known = self._bytes >= ENOUGH_BYTES
        return int(_size(item) * (self._tokens / self._bytes if is_known else HIGHEST_RATIO))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
