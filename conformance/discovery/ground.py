"""The ground that all questions share: a target that answers a plain request, and requests that differ from that."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract import Contract
from conformance.generators.case import encode
from conformance.generators.examples import base_payload
from conformance.generators.sample_texts import text
from conformance.http_client import Exchange, Request
from conformance.validation.embeddings import Vector

from .client import Asker
from .probing import Reading, Wrong, read

Headers = tuple[tuple[str, str], ...]

TEXT = text(90, 6)


def plain_request(
    contract: Contract, prefix: str, headers: Headers, model: str, **properties: object
) -> Request:
    """The plainest request for *model*, to the contract's path behind *prefix*, but for *properties*."""
    payload = {**base_payload(contract, model), "input": TEXT, **properties}
    return Request(
        headers=(("Content-Type", contract.media_type), *headers),
        body=encode(payload),
        method=contract.method.upper(),
        path=prefix + contract.path,
    )


@dataclass(frozen=True)
class Ground:
    """A target whose door is open, and what to ask it with. ``plain`` is the vector of TEXT, plainly asked for."""

    asker: Asker
    contract: Contract
    prefix: str
    headers: Headers
    model: str
    plain: Vector

    async def exchange(self, **properties: object) -> Exchange:
        """Ask with the plainest request, but for *properties*."""
        return await self.asker.ask(
            plain_request(self.contract, self.prefix, self.headers, self.model, **properties)
        )

    async def ask(self, wrong: Wrong = lambda vectors: "", **properties: object) -> Reading:
        """As ``exchange``, read."""
        return read(await self.exchange(**properties), self.asker.hide, wrong)


def most_items(contract: Contract, kind: str) -> int | None:
    """The most items of *kind* that the contract admits in an input; None where it says nothing of it."""
    node = contract.request.properties["input"]
    for form in (node, *node.branches):
        if form.items is not None and form.items.type == kind:
            bound = form.node.get("maxItems")
            return bound if isinstance(bound, int) else None
    return None
