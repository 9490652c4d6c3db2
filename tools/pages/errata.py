"""The errata of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Erratum, load_errata

from .markdown import code, plain


def sections() -> str:
    """A section for each erratum, with its id as anchor."""
    return "\n\n".join(text for erratum in load_errata() for text in _section(erratum))


def _section(erratum: Erratum) -> Iterator[str]:
    yield f"## {plain(erratum.title)} {{ #{erratum.id} }}"
    for passage in erratum.passages:
        place = code(passage.pointer) if passage.pointer is not None else plain(passage.source or "")
        yield f"> {plain(passage.quote)}"
        yield f"[{place}]({passage.link})" if passage.link else place
    yield f"**Resolution.** {erratum.resolution}"
    actions = ", ".join(map(code, erratum.actions))
    yield f"{code(erratum.id)}; overlay actions: {actions or 'none'}"
