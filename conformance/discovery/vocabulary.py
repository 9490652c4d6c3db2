"""The target's tokenizer: the one under which a text and its tokens get one vector."""

from __future__ import annotations

from conformance.reference import BYTES, load_tokenizer, tokenizer_at_hand
from conformance.validation.embeddings import same

from .findings import Finding, found
from .ground import TEXT, Ground


async def tokenizer_finding(ground: Ground) -> Finding:
    """The tokenizer, of those that are at hand here."""
    names = list(dict.fromkeys((BYTES, tokenizer_at_hand())))
    for name in names:
        reading = await ground.ask(input=load_tokenizer(name).encode(TEXT))
        if reading.vectors and same(reading.vectors[0], ground.plain):
            return found("a text and its tokens get one vector", "tokenizer", name)
    return found(f"tokenizer: not {' and not '.join(names)}; texts are not compared with their tokens")
