"""Probes of a gateway, each with inputs of its own. The mock upstream records what the gateway sends for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from secrets import token_hex
from typing import Any

from conformance.checks.context import Context, Headers
from conformance.checks.meaning.tokens import KNOWN
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe
from conformance.generators.sample_texts import sample_text
from conformance.reference.mock_upstream import MockUpstream, Recording, Script, is_failure

from .upstream_requests import secrets_of

LENGTH = 12
"""Tokens in an array. So many tokens are not equal to another array by chance."""

BATCH = 12
"""Texts in a batch. With more than ten, indices that are sorted as texts are in the wrong order."""

RECEIVED = "forwarding.received"
"""The prerequisite of all other requirements of the area."""


class GatewayProbes:
    """Builds probes with inputs that were never sent before, in this run or another: no cache contains them."""

    def __init__(self, context: Context, upstream: MockUpstream) -> None:
        self.context, self.upstream = context, upstream
        self._mark, self._number = token_hex(4), 0

    def text(self) -> str:
        """A new text of some words."""
        self._number += 1
        return f"{sample_text(self._number, 5)} {self._mark}-{self._number}"

    def batch(self) -> list[str]:
        """A list of BATCH new texts, or of as many as the target accepts."""
        return [self.text() for _ in range(self.context.batch_size(BATCH))]

    def tokens(self) -> list[int]:
        """A new array of token ids that every vocabulary has."""
        self._number += 1
        return Random(f"{self._mark} {self._number}").choices(KNOWN, k=LENGTH)

    def forms(self) -> dict[str, object]:
        """A new input of each form, by its description."""
        return {
            "a text": self.text(),
            "a batch": [self.text(), self.text()],
            "an array of tokens": self.tokens(),
            "a batch of arrays of tokens": [self.tokens(), self.tokens()],
        }

    def probe(
        self,
        description: str,
        value: object,
        *,
        script: Script = None,
        headers: Headers | None = None,
        **properties: object,
    ) -> Probe:
        """The probe of a valid request, during which the upstream responds as *script* says.

        Raises NotAllowed if the contract does not allow it, NotSupported if the target does not support it.
        """
        probe = self.context.input_probe(description, value, **properties)
        if headers is not None:
            all_headers = (probe.request.headers[0], *self.context.sent.headers(headers))
            request = replace(probe.request, headers=all_headers)
            probe = replace(probe, request=request)
        expect = Expect.EITHER if is_failure(script) else probe.expect
        recording = Recording(self.upstream, script)
        self.context.answers.search_for(lambda: secrets_of(recording.requests))
        return replace(probe, expect=expect, scenario=recording)

    def possible_probes(
        self, values: Mapping[str, object], before: str = "", **properties: Any
    ) -> list[Probe]:
        """The probes of those *values* that contract and target allow.

        Raises NotAllowed or NotSupported if there is none.
        """
        probes: list[Probe] = []
        reason: Exception | None = None
        for description, value in values.items():
            try:
                probes.append(self.probe(f"{before}{description}", value, **properties))
            except (NotAllowed, NotSupported) as error:
                reason = reason or error
        if reason is not None and not probes:
            raise reason
        return probes


GatewayMaker = Callable[[GatewayProbes, Requirement], Check]
"""Makes the check of a requirement of this area."""

GatewayMakers = Mapping[str, GatewayMaker]
"""Makers by the id of their requirement."""
